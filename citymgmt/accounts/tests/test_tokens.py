"""Tokens of people and programs: shown once, kept as digests, seen and withdrawn, ended in time."""

from datetime import date, timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from citymgmt.accounts import actions, services, tokens
from citymgmt.accounts.models import AccessToken, AuditEvent, User
from citymgmt.accounts.token_models import digest_of
from citymgmt.lib.errors import BadInput, NotNow, NotYours

TODAY = timezone.localdate
LATER = "django.utils.timezone.now"


@pytest.fixture
def sources(monkeypatch):
    monkeypatch.setattr(services, "_offered", [lambda: [("video", "视频"), ("sensor", "传感器")]])


@pytest.fixture
def program(cast, sources):
    return saved(cast["sysadmin"])


def saved(by, **changes):
    values = {
        "username": "video-link", "full_name": "视频平台", "source": "video",
        "verbs": ["report"], "valid_until": TODAY() + timedelta(days=30), **changes,
    }  # fmt: skip
    return services.save(by=by, **values)


def made(cast, program, **changes):
    values = {"name": "交换机房", "last_day": TODAY() + timedelta(days=9), **changes}
    return tokens.make(person=program, by=cast["sysadmin"], **values)


def works(key):
    client = APIClient(headers={"authorization": f"Token {key}"})
    return client.get("/api/v1/cases/").status_code == 200


def verbs_on_record():
    return list(AuditEvent.objects.order_by("id").values_list("verb", flat=True))


# --- people ---------------------------------------------------------------------------------
def test_token_of_a_person_is_the_same_until_half_its_time(cast, monkeypatch, settings):
    collector = cast["collector"]
    first = tokens.by_signing_in(collector)
    assert tokens.by_signing_in(collector) == first
    assert works(first)
    now = timezone.now()
    monkeypatch.setattr(LATER, lambda: now + timedelta(days=settings.TOKEN_DAYS / 2 + 1))
    second = tokens.by_signing_in(collector)
    assert second != first
    assert works(first)
    assert works(second)


def test_token_is_kept_as_a_digest_only(cast, program):
    keys = [tokens.by_signing_in(cast["collector"]), made(cast, program)[1]]
    for key in keys:
        row = AccessToken.objects.get(digest=digest_of(key))
        kept = [str(getattr(row, field.attname)) for field in row._meta.concrete_fields]
        assert not any(key in value for value in kept)
        assert key.startswith(row.hint)
    assert all(key not in str(event.data) for key in keys for event in AuditEvent.objects.all())


ENDS = {
    "withdrawn": lambda cast, user, token: tokens.withdraw(token=token, by=user),
    "withdrawn by an administrator": lambda cast, user, token: tokens.withdraw(
        token=token, by=cast["secadmin"]
    ),
    "switched off": lambda cast, user, token: _switch(cast, user, False),
    "password set": lambda cast, user, token: actions.set_password(
        person=user, password="another-one-2026", by=cast["sysadmin"]
    ),
    "expired": lambda cast, user, token: AccessToken.objects.filter(pk=token.pk).update(
        made_at=timezone.now() - timedelta(days=2), expires_at=timezone.now() - timedelta(1)
    ),
}


def _switch(cast, user, on):
    user.is_active = on
    actions.save_person(person=user, by=cast["sysadmin"])


@pytest.mark.parametrize("end", list(ENDS))
def test_token_of_a_person_ends(cast, end):
    user = cast["collector"]
    key = tokens.by_signing_in(user)
    assert works(key)
    ENDS[end](cast, user, user.tokens.get())
    assert not works(key)
    assert tokens.standing(AccessToken.objects.get(digest=digest_of(key)))


def test_token_does_not_come_back_with_the_account(cast):
    key = tokens.by_signing_in(cast["collector"])
    _switch(cast, cast["collector"], False)
    _switch(cast, cast["collector"], True)
    assert not works(key)
    again = tokens.by_signing_in(cast["collector"])
    assert again != key
    assert works(again)


def test_token_withdrawn_is_not_given_again(cast):
    key = tokens.by_signing_in(cast["collector"])
    tokens.withdraw(token=cast["collector"].tokens.get(), by=cast["collector"])
    assert tokens.by_signing_in(cast["collector"]) != key


def test_token_of_others_is_not_withdrawn_by_everybody(cast):
    tokens.by_signing_in(cast["collector"])
    with pytest.raises(NotYours):
        tokens.withdraw(token=cast["collector"].tokens.get(), by=cast["acceptor"])


def test_token_tells_when_and_from_where_it_was_used(cast, monkeypatch):
    key = tokens.by_signing_in(cast["collector"])
    (row,) = tokens.listed(cast["collector"])
    assert (row.last_used_at, row.last_used_from) == (None, None)
    assert works(key)
    (row,) = tokens.listed(cast["collector"])
    assert row.last_used_from == "127.0.0.1"
    first = row.last_used_at
    assert works(key)
    row.refresh_from_db()
    assert row.last_used_at == first
    monkeypatch.setattr(LATER, lambda: first + tokens.NOTED_EACH + timedelta(seconds=1))
    assert works(key)
    row.refresh_from_db()
    assert row.last_used_at > first


# --- programs -------------------------------------------------------------------------------
def test_service_has_verbs_and_no_post_and_no_password(cast, program):
    assert program.verbs == {"report"}
    assert program.post_codes == ()
    assert not program.has_usable_password()
    with pytest.raises(NotNow):
        actions.appoint(
            user=program, post=cast["collector"].current_memberships[0].post,
            department=cast["collector"].current_memberships[0].department, by=cast["sysadmin"],
        )  # fmt: skip
    with pytest.raises(NotYours):
        actions.set_password(person=program, password="x", by=cast["sysadmin"])


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"source": "rumour"}, "source"), ({"verbs": []}, "verbs"), ({"verbs": ["fly"]}, "verbs"),
     ({"verbs": ["report", "manage_people"]}, "verbs")],
)  # fmt: skip
def test_service_needs_a_source_and_verbs_that_are_not_reserved(cast, sources, changes, field):
    with pytest.raises(BadInput) as refused:
        saved(cast["sysadmin"], **changes)
    assert list(refused.value.fields) == [field]
    assert not User.objects.filter(kind="service").exists()


def test_service_is_made_by_the_system_administrator_and_on_record(cast, sources):
    for who in ("secadmin", "auditor", "acceptor"):
        with pytest.raises(NotYours):
            saved(cast[who])
    program = saved(cast["sysadmin"])
    saved(cast["sysadmin"], person=program, verbs=["report", "verify"])
    assert verbs_on_record()[-4:] == [
        "create_person", "save_service", "edit_person", "save_service",
    ]  # fmt: skip
    assert AuditEvent.objects.order_by("id").last().data["added"] == ["verify"]


@pytest.mark.parametrize("days", [-1, 31])
def test_service_token_ends_with_its_account_at_the_latest(cast, program, days):
    with pytest.raises(BadInput):
        made(cast, program, last_day=TODAY() + timedelta(days=days))
    assert not AccessToken.objects.exists()


def test_service_token_only_for_programs(cast, program):
    with pytest.raises(NotNow):
        made(cast, cast["collector"])
    _switch(cast, program, False)
    with pytest.raises(NotNow):
        made(cast, program)


def test_service_ends_on_its_last_day(cast, program, monkeypatch):
    _token, key = made(cast, program, last_day=program.service.valid_until)
    assert works(key)
    saved(cast["sysadmin"], person=program, valid_until=TODAY() - timedelta(days=1))
    assert not works(key)
    assert User.objects.get(pk=program.pk).verbs == frozenset()
    assert tokens.standing(AccessToken.objects.get())


def test_constraints_hold_in_the_database(cast):
    now = timezone.now()
    good = {
        "user": cast["collector"], "digest": "0" * 64, "hint": "0", "password_mark": "",
        "made_at": now, "expires_at": now + timedelta(days=1),
    }  # fmt: skip
    for wrong in ({"expires_at": now}, {"digest": "readable"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            AccessToken.objects.create(**good | wrong)


# --- those there were -----------------------------------------------------------------------
def test_tokens_that_were_readable_go_on_and_are_readable_no_more(cast):
    key = "0123456789abcdef0123456789abcdef01234567"
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE authtoken_token (key varchar(40), user_id bigint)")
        cursor.execute("INSERT INTO authtoken_token VALUES (%s, %s)", [key, cast["collector"].pk])
    migration = import_module("citymgmt.accounts.migrations.0007_old_tokens")
    editor = SimpleNamespace(connection=connection)
    migration.carry(apps, editor)
    migration.destroy(apps, editor)
    assert works(key)
    assert "authtoken_token" not in connection.introspection.table_names()
    migration.carry(apps, editor)
    migration.destroy(apps, editor)
    assert AccessToken.objects.count() == 1


# --- pages ----------------------------------------------------------------------------------
def page(client, user, name, *args, data=None, status=200):
    client.force_login(user)
    url = reverse(f"accounts:{name}", args=args)
    answer = client.get(url) if data is None else client.post(url, data)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer


def test_page_makes_a_service_and_shows_its_token_once(client, cast, sources):
    sysadmin = cast["sysadmin"]
    data = {
        "username": "video-link", "full_name": "视频平台", "source": "video", "verbs": ["report"],
        "valid_until": TODAY() + timedelta(days=30), "is_active": "on",
    }  # fmt: skip
    page(client, sysadmin, "new_service", data=data, status=302)
    program = User.objects.get(username="video-link")
    given = {"name": "机房", "last_day": TODAY() + timedelta(days=5)}
    answer = page(client, sysadmin, "new_token", program.pk, data=given)
    key = answer.context["key"]
    assert key in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert works(key)
    for name, args in (("tokens", ()), ("service", (program.pk,))):
        shown = page(client, sysadmin, name, *args).content.decode()
        assert key not in shown
        assert key[:6] in shown


def test_page_keeps_what_was_typed_and_says_what_is_wrong(client, cast, program):
    sysadmin = cast["sysadmin"]
    data = {"username": "video-link", "full_name": "又一个", "source": "x", "verbs": [],
            "valid_until": ""}  # fmt: skip
    answer = page(client, sysadmin, "new_service", data=data, status=422)
    assert set(answer.context["form"].errors) == {"username", "source", "verbs", "valid_until"}
    assert "又一个" in answer.content.decode()
    late = {"name": "机房", "last_day": date(2199, 1, 1)}
    answer = page(client, sysadmin, "new_token", program.pk, data=late, status=422)
    assert set(answer.context["token_form"].errors) == {"last_day"}


def test_page_switches_a_service_off(client, cast, program):
    _token, key = made(cast, program)
    data = {
        "username": program.username, "full_name": program.full_name, "source": "sensor",
        "verbs": ["report"], "valid_until": program.service.valid_until,
    }  # fmt: skip
    page(client, cast["sysadmin"], "service", program.pk, data=data, status=302)
    assert not works(key)
    program.service.refresh_from_db()
    assert program.service.source == "sensor"


def test_page_withdraws_any_token_for_an_administrator(client, cast, program):
    token, key = made(cast, program)
    page(client, cast["secadmin"], "withdraw_token", token.pk, data={}, status=302)
    assert not works(key)
    token.refresh_from_db()
    assert token.ended_by == cast["secadmin"]
    assert verbs_on_record()[-1] == "withdraw_token"
    assert list(page(client, cast["secadmin"], "tokens").context["rows"]) == []
    client.force_login(cast["secadmin"])
    every = client.get(reverse("accounts:tokens"), {"ended": "1"})
    assert [row.pk for row, _why in every.context["rows"]] == [token.pk]


def test_page_of_ones_own_account_shows_and_withdraws_ones_own(client, cast):
    key = tokens.by_signing_in(cast["collector"])
    tokens.by_signing_in(cast["acceptor"])
    answer = page(client, cast["collector"], "profile")
    assert [row.user for row, _why in answer.context["rows"]] == [cast["collector"]]
    own = cast["collector"].tokens.get()
    page(client, cast["acceptor"], "withdraw_token", own.pk, data={}, status=403)
    assert works(key)
    answer = page(client, cast["collector"], "withdraw_token", own.pk, data={}, status=302)
    assert answer.url == reverse("accounts:profile")
    assert not works(key)


def test_page_costs_the_same_for_many_tokens(client, cast, program, django_assert_max_num_queries):
    for _ in range(3):
        made(cast, program)
    client.force_login(cast["sysadmin"])
    with django_assert_max_num_queries(14):
        client.get(reverse("accounts:tokens"))

"""A session ends anywhere without damage: each way it ends, for each kind of request."""

import re
import uuid
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Case
from cases.states import State
from cases.tests.cast import bring
from citymgmt.accounts import actions, ended, sessions
from citymgmt.accounts.models import AuditEvent, User
from citymgmt.lib import push
from hotline.models import Call

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}
JSON = {"Accept": "application/json"}
PAGE = {"Accept": "text/html,application/xhtml+xml"}
SIGN_IN = "/accounts/sign-in/"
PASSWORD = "Right-horse-9"
ASKED = [
    "/desk/",
    "/cases/",
    "/terminal/",
    "/hotline/",
    "/notices/",
    "/wall/",
    "/accounts/profile/",
]
WORDS = "校门口井盖破损，来电人等候回复"


@pytest.fixture
def clock(monkeypatch):
    """clock(minutes=…) moves the time on."""

    class Clock:
        passed = timedelta()

        def __call__(self, **span):
            self.passed += timedelta(**span)

    made, real = Clock(), timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + made.passed)
    return made


@pytest.fixture
def told(monkeypatch, django_capture_on_commit_callbacks):
    """told(deed): the (group, type) of what the deed sends to open pages."""

    def run(deed, *args, **kwargs):
        sent = []
        with monkeypatch.context() as patch, django_capture_on_commit_callbacks(execute=True):
            patch.setattr(push, "to_group", lambda group, message: sent.append((group, message)))
            deed(*args, **kwargs)
        # What is published after the commit is told when the callbacks have run.
        return [(group, message["type"]) for group, message in sent]

    return run


def signed_in(user, **options):
    client = Client(**options)
    client.force_login(user)
    return client


def key_of(client):
    return client.cookies["sessionid"].value


# --- each way to end ------------------------------------------------------------------------
def sign_out_elsewhere(cast, client):
    other = Client()
    other.cookies = client.cookies.copy()
    other.post(reverse("accounts:sign_out"))


def deactivate(cast, client):
    cast.acceptor.is_active = False
    actions.save_person(person=cast.acceptor, by=cast.sysadmin)


def new_password(cast, client):
    actions.set_password(person=cast.acceptor, password=PASSWORD, by=cast.sysadmin)


def dismiss(cast, client):
    actions.dismiss(membership=cast.acceptor.memberships.get(), by=cast.sysadmin)


def time_up(cast, client):
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))


def untouched(cast, client):
    session = client.session
    session[sessions.USED] = (timezone.now() - timedelta(minutes=11)).timestamp()
    session.save()


def cookie_lost(cast, client):
    client.cookies.clear()


ENDS = [sign_out_elsewhere, deactivate, new_password, dismiss, time_up, untouched, cookie_lost]


@pytest.fixture(params=ENDS, ids=lambda way: way.__name__)
def ended_client(request, cast):
    """The acceptor's browser, whose session has ended in one of the ways."""
    client = signed_in(cast.acceptor)
    assert client.get("/desk/").status_code == 200
    request.param(cast, client)
    return client


def test_a_page_leads_to_sign_in_and_back(ended_client):
    answer = ended_client.get("/desk/?queue=verify", headers=PAGE)
    assert (answer.status_code, answer.url) == (
        302,
        "/accounts/sign-in/?next=/desk/%3Fqueue%3Dverify",
    )


@pytest.mark.parametrize(
    "path", ["/desk/", "/cases/", "/terminal/", "/hotline/", "/notices/", "/wall/"]
)
@pytest.mark.parametrize("headers", [FRAGMENT, JSON, {"Accept": "*/*"}, {"Sec-Fetch-Mode": "cors"}])
def test_what_a_script_asks_for_is_never_the_sign_in_page(client, path, headers):
    answer = client.get(path, headers=headers)
    assert answer.status_code == 401
    assert answer.json() == {"detail": answer.json()["detail"], "code": "signed_out", "fields": {}}
    assert ended.EVENT in answer.headers["HX-Trigger"]


def test_a_fragment_of_an_ended_session_is_refused(ended_client):
    answer = ended_client.get("/desk/", headers=FRAGMENT)
    assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")


def test_json_of_an_ended_session_is_refused(ended_client):
    assert ended_client.get("/notices/count/", headers=JSON).status_code in (401, 404)
    answer = ended_client.get("/api/v1/cases/", headers=JSON)
    assert answer.status_code == 401
    assert set(answer.json()) == {"detail", "code", "fields"}


def test_a_form_sent_under_an_ended_session_keeps_its_words(ended_client):
    given = {"client_uuid": str(uuid.uuid4()), "content": WORDS, "phone": "13893101234"}
    answer = ended_client.post("/hotline/", given, headers=PAGE)
    page = answer.content.decode()
    assert (answer.status_code, Call.objects.count()) == (401, 0)
    assert WORDS in page
    assert "13893101234" in page
    assert reverse("accounts:sign_in") in page


def test_a_late_answer_of_an_ended_session_does_not_undo_signing_in_again(cast, ended_client):
    """Its cookie would be taken from the browser, which holds that of the new session by now."""
    for path, headers in (("/hotline/places.json", JSON), ("/desk/", FRAGMENT), ("/desk/", PAGE)):
        assert "sessionid" not in ended_client.get(path, headers=headers).cookies


def test_signing_out_takes_the_cookie_away(cast):
    client = signed_in(cast.acceptor)
    answer = client.post(reverse("accounts:sign_out"))
    assert answer.cookies["sessionid"].value == ""


def test_an_action_sent_under_an_ended_session_is_not_done(cast, ended_client):
    case = bring(cast, State.REGISTERED)
    url = reverse("cases:do", args=[case.number, "accept"])
    answer = ended_client.post(url, {"opinion": WORDS}, headers=FRAGMENT)
    case.refresh_from_db()
    assert (answer.status_code, case.state) == (401, State.REGISTERED)


def test_passwords_and_tokens_are_not_given_back(client, cast):
    given = {"old_password": "secret-one-A1", "new_password1": "secret-two-A1", "note": WORDS}
    page = client.post(reverse("accounts:profile"), given, headers=PAGE).content.decode()
    assert WORDS in page
    assert "secret-" not in page


def test_every_view_asks_in_the_one_way():
    """Django's own decorator answers a fragment with the sign-in page."""
    from django.conf import settings

    used = [
        str(path)
        for path in settings.BASE_DIR.glob("*/**/*.py")
        if not {"tests", "node_modules", ".venv"} & set(path.parts)
        and "auth.decorators" in path.read_text()
    ]
    assert used == []


# --- who is told ----------------------------------------------------------------------------
@pytest.mark.parametrize("way", [deactivate, new_password, dismiss], ids=lambda way: way.__name__)
def test_the_open_pages_of_a_person_are_told_at_once(cast, told, way):
    assert (sessions.group_of_person(cast.acceptor.pk), "session.recheck") in told(way, cast, None)


def test_the_open_pages_of_a_session_are_told_of_signing_out(cast, told):
    client = signed_in(cast.acceptor)
    group = sessions.group_of_session(key_of(client))
    assert (group, "session.over") in told(client.post, reverse("accounts:sign_out"))


def test_the_open_pages_of_a_session_are_told_of_another_person(cast, told):
    client = signed_in(cast.acceptor)
    cast.leader.set_password(PASSWORD)
    cast.leader.save()
    group = sessions.group_of_session(key_of(client))
    given = {"username": "leader", "password": PASSWORD}
    assert (group, "session.over") in told(client.post, reverse("accounts:sign_in"), given)


def test_a_right_taken_away_is_looked_at_again_at_once(cast, told):
    sent = told(actions.revoke, user=cast.leader, verb="oversee_area", obj=cast.district, by=None)
    assert (sessions.group_of_person(cast.leader.pk), "session.recheck") in sent


def test_a_post_taken_away_ends_the_session_and_what_is_left_is_signed_in_for_anew(cast):
    client = signed_in(cast.outsider)
    row = cast.outsider.memberships.get(post__code="leader")
    actions.dismiss(membership=row, by=cast.sysadmin)
    assert client.get("/desk/").status_code == 302
    client.force_login(User.objects.get(pk=cast.outsider.pk))
    assert client.get("/desk/").status_code == 200


def test_a_post_that_ends_later_ends_no_session_today(cast):
    client = signed_in(cast.acceptor)
    tomorrow = timezone.localdate() + timedelta(days=1)
    actions.dismiss(membership=cast.acceptor.memberships.get(), by=cast.sysadmin, on=tomorrow)
    assert client.get("/desk/").status_code == 200


def test_switching_on_again_does_not_revive_an_old_session(cast):
    client = signed_in(cast.acceptor)
    for active in (False, True):
        cast.acceptor.is_active = active
        actions.save_person(person=cast.acceptor, by=cast.sysadmin)
    assert client.get("/desk/").status_code == 302


# --- for want of use ------------------------------------------------------------------------
def test_a_desk_nobody_touches_is_signed_out_and_that_is_on_record(cast, clock):
    client = signed_in(cast.acceptor)
    clock(minutes=9)
    assert client.get("/desk/", headers=PAGE).status_code == 200
    clock(minutes=9)
    assert client.get("/desk/", headers=PAGE).status_code == 200
    clock(minutes=11)
    assert client.get("/desk/", headers=FRAGMENT).status_code == 401
    assert AuditEvent.objects.filter(verb="idle_sign_out", by=cast.acceptor).count() == 1
    assert not Session.objects.filter(session_key=key_of(client)).exists()


@pytest.mark.parametrize("headers", [FRAGMENT, JSON])
def test_what_a_page_fetches_by_itself_keeps_nobody_signed_in(cast, clock, headers):
    client = signed_in(cast.acceptor)
    for _ in range(10):
        clock(minutes=1, seconds=-1)
        assert client.get("/desk/", headers=headers).status_code == 200
    clock(minutes=1)
    assert client.get("/desk/", headers=headers).status_code == 401


def test_input_of_a_person_keeps_the_session_and_asking_for_it_does_not(cast, clock):
    client, url = signed_in(cast.acceptor), reverse("accounts:session")
    clock(minutes=8)
    asked = client.get(url, headers=JSON).json()
    assert (asked["person"], asked["renewable"]) == (str(cast.acceptor.pk), True)
    assert asked["left"] == pytest.approx(120, abs=5)
    assert client.post(url, headers=JSON).json()["left"] == pytest.approx(600, abs=5)
    clock(minutes=8)
    assert client.get(url, headers=JSON).status_code == 200
    clock(minutes=3)
    assert client.post(url, headers=JSON).status_code == 401


def test_the_age_of_a_session_is_fixed_whatever_one_does(cast, clock, settings):
    client = signed_in(cast.acceptor)
    for _ in range(12 * 8):
        assert client.get("/desk/", headers=PAGE).status_code == 200
        clock(minutes=7, seconds=30)
    assert client.get(reverse("accounts:session"), headers=JSON).status_code == 401


@pytest.mark.parametrize(
    ("minutes", "passes", "status"), [(0, 600, 200), (3, 4, 302), (60, 50, 200)]
)
def test_how_long_a_desk_may_be_left_is_a_setting(cast, clock, settings, minutes, passes, status):
    settings.IDLE_MINUTES = minutes
    client = signed_in(cast.acceptor)
    clock(minutes=passes)
    assert client.get("/desk/", headers=PAGE).status_code == status


@pytest.mark.parametrize(("minutes", "status"), [(0, 200), (30, 302)])
def test_the_phone_of_a_collector_has_a_time_of_its_own(cast, clock, settings, minutes, status):
    settings.IDLE_PHONE_MINUTES = minutes
    client = signed_in(cast.collector)
    clock(minutes=40)
    assert client.get("/field/", headers=PAGE).status_code == status


def test_a_session_ended_while_a_page_was_fetched_stays_ended(cast, clock):
    client = signed_in(cast.acceptor)
    clock(minutes=1)
    request = client.get("/desk/", headers=PAGE).wsgi_request
    Session.objects.all().delete()
    clock(minutes=1)
    sessions.use(request, timezone.now())
    assert not request.user.is_authenticated
    assert not Session.objects.exists()


# --- one browser, two people, two tabs ------------------------------------------------------
def fields_of(page):
    """Hidden fields of the forms of a page, as a browser would send them."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


@pytest.fixture
def call(cast):
    """A browser with checks of tokens, and the fields of a call typed into its page."""
    client = signed_in(cast.acceptor, enforce_csrf_checks=True)
    page = client.get("/hotline/", headers=PAGE).content.decode()
    given = fields_of(page) | {
        "client_uuid": str(uuid.uuid4()), "phone": "13893101234", "source": "hotline_12319",
        "kind": "complaint", "content": WORDS, "lon": cast.cells[0].geometry.centroid.x,
        "lat": cast.cells[0].geometry.centroid.y, "matter_class": cast.cover.pk, "address": "x",
    }  # fmt: skip
    return client, given


def test_a_form_is_sent_as_before(call):
    client, given = call
    assert client.post("/hotline/", given, headers=PAGE).status_code == 302
    assert Call.objects.count() == 1


def test_a_stale_form_of_the_same_person_keeps_its_words_and_gets_a_fresh_token(cast, call):
    client, given = call
    client.force_login(cast.acceptor)
    client.get("/desk/", headers=PAGE)
    client.cookies["csrftoken"] = "x" * 32
    answer = client.post("/hotline/", given, headers=PAGE)
    page = answer.content.decode()
    assert (answer.status_code, Call.objects.count()) == (403, 0)
    assert WORDS in page
    assert "accounts/typed.html" in [template.name for template in answer.templates]
    again = given | {"csrfmiddlewaretoken": fields_of(page)["csrfmiddlewaretoken"]}
    assert client.post("/hotline/", again, headers=PAGE).status_code == 302
    assert Call.objects.count() == 1


@pytest.mark.parametrize("token", ["stale", "fresh"])
def test_a_form_of_one_person_is_never_sent_as_another(cast, call, token):
    client, given = call
    client.force_login(cast.shift_leader)
    if token == "fresh":
        given |= {
            "csrfmiddlewaretoken": fields_of(client.get("/hotline/").content.decode())[
                "csrfmiddlewaretoken"
            ]
        }
    else:
        client.cookies["csrftoken"] = "x" * 32
    answer = client.post("/hotline/", given, headers=PAGE)
    page = answer.content.decode()
    assert (answer.status_code, Call.objects.count()) == (401, 0)
    assert str(cast.shift_leader) in page
    assert WORDS in page
    assert '<form method="post" action="/hotline/"' not in page


def test_a_stale_form_of_nobody_signed_in_any_more_keeps_its_words(call):
    client, given = call
    client.cookies.clear()
    answer = client.post("/hotline/", given, headers=PAGE)
    assert (answer.status_code, Call.objects.count()) == (401, 0)
    assert WORDS in answer.content.decode()


@pytest.mark.parametrize("headers", [FRAGMENT, JSON])
def test_what_a_script_sends_for_one_person_is_not_taken_from_another(cast, headers):
    client = signed_in(cast.shift_leader)
    mine = {"X-Signed-In-As": str(cast.shift_leader.pk)}
    assert client.get("/desk/", headers=headers | mine).status_code == 200
    answer = client.get("/desk/", headers=headers | {"X-Signed-In-As": str(cast.acceptor.pk)})
    assert (answer.status_code, answer.json()["code"]) == (401, "other_person")


def test_a_report_of_a_phone_is_not_taken_under_another_name(cast):
    client = signed_in(cast.acceptor)
    headers = JSON | {"X-Signed-In-As": str(cast.collector.pk)}
    answer = client.post("/api/v1/cases/", {"description": WORDS}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "other_person")
    assert Case.objects.count() == 0


def test_a_script_with_a_stale_token_is_told_so(cast):
    client = signed_in(cast.acceptor, enforce_csrf_checks=True)
    answer = client.post("/hotline/caller/", {"phone": "1"}, headers=FRAGMENT)
    assert (answer.status_code, answer.json()["code"]) == (403, "stale_form")


def test_the_sign_in_page_of_a_second_tab_leads_on(cast):
    client = signed_in(cast.acceptor, enforce_csrf_checks=True)
    given = {"username": "acceptor", "password": "x", "csrfmiddlewaretoken": "y" * 64}
    answer = client.post(f"{SIGN_IN}?next=/desk/", given, headers=PAGE)
    assert (answer.status_code, answer.url) == (302, f"{SIGN_IN}?next=/desk/")
    assert client.get(answer.url).url == "/desk/"
    given["username"] = "leader"
    answer = client.post(f"{SIGN_IN}?next=/desk/", given, headers=PAGE)
    assert client.get(answer.url).status_code == 200


def test_a_form_from_another_site_is_not_offered_again(cast):
    client = signed_in(cast.acceptor, enforce_csrf_checks=True)
    headers = PAGE | {"Origin": "https://evil.example"}
    answer = client.post("/hotline/", {"content": WORDS}, headers=headers)
    assert answer.status_code == 403
    assert WORDS not in answer.content.decode()


def test_a_citizens_stale_form_keeps_its_words(db):
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/public/", {"description": WORDS}, headers=PAGE)
    assert answer.status_code == 403
    assert WORDS in answer.content.decode()


# --- screens --------------------------------------------------------------------------------
def test_a_screen_stays_signed_in_for_months(cast, clock):
    client = signed_in(cast.screen)
    clock(days=300)
    assert client.get("/wall/", headers=PAGE).status_code == 200
    assert client.get("/wall/figures.json", headers=JSON).status_code == 200
    clock(days=66)
    assert client.get("/wall/", headers=PAGE).status_code == 302


def test_a_screen_sees_the_wall_and_nothing_else(cast):
    client = signed_in(cast.screen)
    case = bring(cast, State.DISPOSING)
    assert client.get("/", headers=PAGE).url == "/wall/"
    for name in ("wall", "wall_figures", "wall_layers", "wall_ground"):
        assert client.get(reverse(f"dispatch:{name}")).status_code == 200
    closed = [
        "/desk/", "/cases/", case.get_absolute_url(), "/map/", "/api/v1/cases/", "/notices/",
        "/wall/list/reported/", "/accounts/profile/", "/components/",
    ]  # fmt: skip
    assert {path: client.get(path).status_code for path in closed} == dict.fromkeys(closed, 403)
    assert not Case.objects.visible_to(cast.screen).exists()


def test_screens_are_listed_and_withdrawn_on_record(cast):
    wall = signed_in(cast.screen)
    client = signed_in(cast.sysadmin)
    page = client.get(reverse("accounts:screens"))
    assert [(row.username, row.granted) for row in page.context["screens"]] == [
        ("screen", [str(cast.district)])
    ]
    client.post(reverse("accounts:withdraw_screen", args=[cast.screen.pk]))
    assert wall.get("/wall/figures.json", headers=JSON).status_code == 401
    assert AuditEvent.objects.latest("id").verb == "withdraw_screen"
    assert User.objects.get(pk=cast.screen.pk).is_active is False


def test_only_a_screen_is_withdrawn_and_only_by_the_administrator(cast):
    client = signed_in(cast.sysadmin)
    client.post(reverse("accounts:withdraw_screen", args=[cast.leader.pk]))
    assert User.objects.get(pk=cast.leader.pk).is_active
    other = signed_in(cast.leader)
    url = reverse("accounts:withdraw_screen", args=[cast.screen.pk])
    assert other.post(url).status_code == 403
    assert other.get(reverse("accounts:screens")).status_code == 403

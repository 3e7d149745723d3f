"""What is frozen stands in one hash chain, and verify_record finds what was changed."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from evaluation.bulletins import actions as bulletins
from evaluation.models import Evaluation, Seal
from evaluation.record.chain import broken_seals
from evaluation.results.actions import evaluate

DAY = date(2026, 3, 2)


@pytest.fixture
def published(town):
    done = evaluate(scheme="A", start=DAY, end=DAY, by=town.evaluator)
    bulletin = bulletins.draft(evaluation=done, by=town.author)
    for to, who in (("checked", "evaluator"), ("approved", "leader"), ("published", "evaluator")):
        bulletin = bulletins.advance(bulletin=bulletin, to=to, by=getattr(town, who))
    evaluate(scheme="A", start=DAY, end=DAY, by=town.evaluator)
    return bulletin


def execute(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_evaluations_and_bulletins_are_one_chain(published):
    links = list(Seal.objects.order_by("id"))
    assert [link.kind for link in links] == ["evaluation", "bulletin", "evaluation"]
    assert [link.prev_hash for link in links] == ["", links[0].hash, links[1].hash]
    assert list(broken_seals()) == []


@pytest.mark.parametrize(
    ("sql", "what", "reason"),
    [
        ("UPDATE evaluation_result SET score = score + 1 WHERE object_kind = 'department'"
         " AND evaluation_id = (SELECT min(id) FROM evaluation_evaluation)", 0, "content"),
        ("DELETE FROM evaluation_result WHERE object_kind = 'handler'"
         " AND evaluation_id = (SELECT min(id) FROM evaluation_evaluation)", 0, "content"),
        ("UPDATE evaluation_evaluation SET cases = 99"
         " WHERE id = (SELECT min(id) FROM evaluation_evaluation)", 0, "content"),
        ("UPDATE evaluation_bulletin SET title = 'x'", 1, "content"),
        ("DELETE FROM evaluation_bulletin", 1, "missing"),
        ("UPDATE evaluation_seal SET content = repeat_ WHERE kind = 'bulletin'", 1, "link"),
    ],
)  # fmt: skip
def test_a_change_by_other_hands_is_found(published, sql, what, reason):
    links = [str(link) for link in Seal.objects.order_by("id")]
    execute(sql.replace("repeat_", f"'{'0' * 64}'"))
    assert list(broken_seals()) == [(links[what], reason)]


def test_a_seal_taken_out_is_found(published):
    execute("DELETE FROM evaluation_seal WHERE kind = 'bulletin'")
    assert [reason for _what, reason in broken_seals()] == ["chain", "unsealed", "missing"]


def test_the_command_ends_with_code_1(published):
    out = StringIO()
    call_command("verify_record", "--json", stdout=out)
    figures = json.loads(out.getvalue().splitlines()[-1])
    counted = {name: figures[name] for name in ("evaluations", "bulletins", "broken")}
    assert counted == {"evaluations": 2, "bulletins": 1, "broken": 0}
    execute("UPDATE evaluation_evaluation SET cases = 99 WHERE id = %s",
            Evaluation.objects.order_by("pk").first().pk)  # fmt: skip
    out, err = StringIO(), StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("verify_record", "--json", stdout=out, stderr=err)
    assert failed.value.returncode == 1
    assert json.loads(out.getvalue().splitlines()[-1])["broken"] == 1
    assert "content" in err.getvalue()

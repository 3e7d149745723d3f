"""What the record of changes keeps has words: every deed, and every thing said besides."""

import ast
from pathlib import Path

import pytest
from django.utils import translation

from citymgmt.accounts.models import AuditEvent
from citymgmt.accounts.verbs import AUDIT, DETAILS
from citymgmt.accounts.views.record import details

ROOT = Path(__file__).resolve().parents[2]
APPS = ["citymgmt", "grid", "inventory", "cases", "dispatch", "hotline", "evaluation"]


def _calls():
    """(module, call) of every deed put on record outside of tests."""
    for path in sorted(path for app in APPS for path in (ROOT / app).rglob("*.py")):
        if "tests" in path.parts or path.name == "conftest.py":
            continue
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "record":
                yield tree, {one.arg: one.value for one in node.keywords}


def _texts(node):
    """The texts that an expression may be, as far as it says them itself."""
    return {one.value for one in ast.walk(node) if isinstance(one, ast.Constant)}


def _keys(tree, given):
    """Names of what is said besides: of the literal, or of those that its variable is set to."""
    if isinstance(given, ast.Dict):
        return _texts(ast.List([key for key in given.keys if key]))
    if not isinstance(given, ast.Name):
        return set()
    return {
        key
        for node in ast.walk(tree)
        if isinstance(node, (ast.Assign, ast.AugAssign)) and isinstance(node.value, ast.Dict)
        for target in getattr(node, "targets", None) or [node.target]
        if ast.unparse(target) == given.id
        for key in _keys(tree, node.value)
    }


CALLS = [(tree, call) for tree, call in _calls() if "verb" in call]
VERBS = sorted(
    {text for _tree, call in CALLS for text in _texts(call["verb"])
     if isinstance(call["verb"], (ast.Constant, ast.IfExp))}
)  # fmt: skip
KEYS = sorted({key for tree, call in CALLS for key in _keys(tree, call.get("data"))})


def test_the_record_is_written_in_many_places():
    assert {"sign_in", "ask_control", "set_rota", "evaluate"} <= set(VERBS)
    assert {"classes", "status", "people", "grids"} <= set(KEYS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_deed_has_a_word(verb):
    assert verb in AUDIT


@pytest.mark.parametrize("key", KEYS)
def test_everything_said_besides_has_a_word(key):
    assert key in DETAILS


def test_codes_are_read_as_words():
    kept = {"posts": ["collector", "shift_leader"], "status": "approved", "active": False}
    with translation.override("zh-hans"):
        said = details(AuditEvent(data=kept))
    assert said == "岗位: 监督员, 值班长; 决定: 已批准; 启用: 否"

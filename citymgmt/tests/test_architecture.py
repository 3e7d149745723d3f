"""The order of the house, checked, and each check shown to find what it looks for."""

import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from itertools import pairwise
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.test.utils import isolate_apps

from citymgmt.lib.catalogs import ROOT, files
from citymgmt.tests.architecture import (
    RANK,
    bare_hooks,
    inline_code,
    srids,
    state_writers,
    upward_relations,
)

LINT_IMPORTS = [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"]
PACKAGES = ["citymgmt", "grid", "inventory", "cases", "dispatch", "hotline", "evaluation"]
INNER = ["accounts", "lib", "db", "exchange", "demo", "api"]


def product(suffix):
    """(name, text) of the product's own files; tests and migrations are not among them."""
    for path in files(ROOT, suffix):
        inside = path.relative_to(ROOT)
        if inside.name != "conftest.py":
            yield inside.as_posix(), path.read_text(encoding="utf-8")


def offences(reader, suffix=".py", but=()):
    return [
        f"{name}:{offence}"
        for name, text in product(suffix)
        if name not in but
        for offence in reader(text)
    ]


def test_the_product_is_read():
    names = {name for suffix in (".py", ".html") for name, _text in product(suffix)}
    assert {f"{name}/__init__.py" for name in PACKAGES} <= names
    assert "citymgmt/settings.py" in names
    assert not any("/tests/" in name or "/migrations/" in name for name in names)


def test_no_test_is_passed_by(pytestconfig):
    """pytest leaves out folders by their names; none of ours is among them."""
    left_out = pytestconfig.getini("norecursedirs")
    tests = [path for package in PACKAGES for path in (ROOT / package).rglob("test_*.py")]
    folders = {name for path in tests for name in path.relative_to(ROOT).parts[:-1]}
    assert [name for name in folders if any(fnmatch(name, each) for each in left_out)] == []


# --- imports --------------------------------------------------------------------------------


def lint(folder):
    config = ["--config", str(ROOT / "pyproject.toml")]
    return subprocess.run(
        [*LINT_IMPORTS, *config], cwd=folder, capture_output=True, text=True, timeout=120
    )


def test_apps_import_only_from_those_below_them():
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture
def skeleton(tmp_path):
    """The packages of the project, empty."""
    for name in [*PACKAGES, *(f"citymgmt/{inner}" for inner in INNER)]:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    for name in ("urls", "asgi"):
        (tmp_path / f"citymgmt/{name}.py").touch()
    return tmp_path


def test_the_contract_accepts_imports_downwards(skeleton):
    (skeleton / "evaluation/tasks.py").write_text("import cases, dispatch, hotline\n")
    (skeleton / "citymgmt/urls.py").write_text("import evaluation\nimport citymgmt.exchange\n")
    result = lint(skeleton)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("citymgmt/lib", "citymgmt.accounts"),
        ("citymgmt/accounts", "grid"),
        ("grid", "inventory"),
        ("inventory", "cases"),
        ("cases", "dispatch"),
        ("hotline", "dispatch"),
        ("dispatch", "hotline"),
        ("dispatch", "evaluation"),
        ("evaluation", "citymgmt.exchange"),
        ("evaluation", "citymgmt.demo"),
        ("citymgmt/accounts", "citymgmt.demo"),
    ],
)
def test_the_contract_breaks_on_an_import_upwards(skeleton, importer, imported):
    (skeleton / importer / "planted.py").write_text(f"import {imported}\n")
    result = lint(skeleton)
    assert result.returncode == 1
    assert "Apps import only from those below them BROKEN" in result.stdout
    assert f"{importer.replace('/', '.')}.planted" in result.stdout


@pytest.mark.parametrize("importer", ["api", "exchange"])
def test_the_composition_does_not_import_the_demonstration(skeleton, importer):
    (skeleton / "citymgmt" / importer / "planted.py").write_text("import citymgmt.demo\n")
    result = lint(skeleton)
    assert result.returncode == 1
    assert "Nobody imports the demonstration BROKEN" in result.stdout


# --- rooms inside an app --------------------------------------------------------------------


def rooms():
    """(app, its layers of rooms from the highest down) of every contract about an app's inside."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    for contract in contracts:
        for app in contract.get("containers", ()):
            yield app, [re.findall(r"\w+", layer) for layer in contract["layers"]]


ROOMS = dict(rooms())


@pytest.fixture
def furnished(skeleton):
    """The packages of the project and the rooms inside them, empty."""
    for app, layers in ROOMS.items():
        for room in (room for layer in layers for room in layer):
            place = skeleton / app.replace(".", "/") / room
            place.mkdir(parents=True, exist_ok=True)
            (place / "__init__.py").touch()
    return skeleton


@pytest.mark.parametrize("app", ROOMS)
def test_every_room_of_a_contract_exists(app):
    inside = ROOT / app.replace(".", "/")
    for room in (room for layer in ROOMS[app] for room in layer):
        assert (inside / room).is_dir() or (inside / f"{room}.py").is_file(), room


def test_empty_rooms_are_in_order(furnished):
    result = lint(furnished)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("app", ROOMS)
def test_a_room_imports_from_none_above_it(furnished, app):
    steps = [(lower, upper[0]) for upper, layer in pairwise(ROOMS[app]) for lower in layer]
    for lower, upper in steps:
        (furnished / app.replace(".", "/") / lower / "planted.py").write_text(
            f"import {app}.{upper}\n"
        )
    result = lint(furnished)
    assert result.returncode == 1
    for lower, upper in steps:
        assert f"{app}.{lower} is not allowed to import {app}.{upper}" in result.stdout


@pytest.mark.parametrize("app", ROOMS)
def test_a_module_stands_in_a_room(furnished, app):
    (furnished / app.replace(".", "/") / "stray.py").touch()
    result = lint(furnished)
    assert result.returncode == 1
    assert f"Rooms of {app} import only from those below them BROKEN" in result.stdout
    assert "stray" in result.stdout


# --- relations ------------------------------------------------------------------------------


def test_no_relation_points_upwards():
    assert list(upward_relations(apps.get_models(include_auto_created=True))) == []


def test_every_app_of_ours_has_a_rank():
    ours = {
        c.label for c in apps.get_app_configs() if Path(c.path).parent in {ROOT, ROOT / "citymgmt"}
    }
    assert ours == set(RANK)


@isolate_apps("grid", "cases", "dispatch", "hotline")
def test_a_relation_upwards_or_sideways_is_found():
    def make(name, app, **fields):
        meta = type("Meta", (), {"app_label": app})
        return type(name, (models.Model,), {"Meta": meta, "__module__": __name__, **fields})

    case = make("PlantedCase", "cases")
    item = make("PlantedItem", "dispatch", case=models.ForeignKey(case, models.CASCADE))
    planted = [
        case,
        item,
        make("ByKey", "grid", case=models.ForeignKey(case, models.CASCADE)),
        make("ByOne", "grid", case=models.OneToOneField(case, models.CASCADE)),
        make("ByMany", "grid", cases=models.ManyToManyField(case)),
        make("Beside", "hotline", item=models.ForeignKey(item, models.CASCADE)),
    ]
    assert list(upward_relations(planted)) == [
        "grid.ByKey.case → cases",
        "grid.ByOne.case → cases",
        "grid.ByMany.cases → cases",
        "hotline.Beside.item → dispatch",
    ]


# --- one writer of a case's state -----------------------------------------------------------


def test_only_one_module_sets_a_state():
    assert offences(state_writers, but={"cases/machine/transitions.py"}) == []


@pytest.mark.parametrize(
    "code",
    [
        "case.state = 'closed'",
        "self.case.state = State.CLOSED",
        "case.number, case.state = 1, 2",
        "case.state: str = 'closed'",
        "case.state += 'x'",
        "del case.state",
        "for case.state in states: pass",
        "setattr(case, 'state', 'closed')",
        "Case.objects.filter(pk=1).update(due_at=None, state='closed')",
        "Case.objects.update(**{'state': 'closed'})",
        "Case.objects.update(**dict(state='closed'))",
        "await Case.objects.aupdate(state='closed')",
        "Case.objects.create(state='closed')",
        "Case(state='closed')",
        "models.Case(state='closed')",
        "Case.objects.get_or_create(number=1, defaults={'state': 'closed'})",
        "Case.objects.update_or_create(number=1, create_defaults={'state': 'closed'})",
        "Case.objects.bulk_update(cases, ['state'])",
        "Case.objects.bulk_update(cases, fields=('due_at', 'state'))",
        "cursor.execute('UPDATE cases_case SET due_at = NULL, state = %s', [1])",
    ],
)
def test_each_way_to_set_a_state_is_found(code):
    assert list(state_writers(code))


@pytest.mark.parametrize(
    "code",
    [
        "if case.state == 'closed': pass",
        "state = case.state",
        "Case.objects.filter(state='closed').update(due_at=None)",
        "Case.objects.bulk_update(cases, ['due_at'])",
        "Case.objects.create(number=1)",
        "row = {'state': case.state}",
        "Row(state=case.state)",
        "setattr(case, 'number', 1)",
    ],
)
def test_reading_a_state_is_free(code):
    assert list(state_writers(code)) == []


# --- after the commit -----------------------------------------------------------------------


def test_every_step_after_a_commit_goes_through_one_door():
    assert offences(bare_hooks, but={"citymgmt/lib/after.py"}) == []


@pytest.mark.parametrize(
    "code",
    [
        "transaction.on_commit(f)",
        "from django.db.transaction import on_commit",
        "hook = connection.on_commit",
    ],
)
def test_a_step_beside_the_door_is_found(code):
    assert list(bare_hooks(code)) == [1]


# --- reference systems ----------------------------------------------------------------------


def test_only_the_geometry_module_names_a_reference_system():
    assert offences(srids, but={"grid/geometry.py"}) == []


@pytest.mark.parametrize(
    "code",
    ["PointField(srid=4490)", "g.transform(4326)", "x = 3857", "x = 4547", "x = 'EPSG:4490'",
     "x = f'SRID=4326;{wkt}'"],
)  # fmt: skip
def test_a_reference_system_is_found(code):
    assert list(srids(code)) == [1]


@pytest.mark.parametrize("code", ["'''Stored in EPSG:4490.'''", "x = 4489", "x = '14326'", "True"])
def test_other_numbers_and_prose_are_free(code):
    assert list(srids(code)) == []


# --- templates ------------------------------------------------------------------------------


def test_templates_hold_no_inline_code():
    assert offences(inline_code, ".html") == []


@pytest.mark.parametrize(
    ("html", "offence"),
    [
        ("<script>go()</script>", "<script>"),
        ('<script type="module">go()</script>', "<script>"),
        ('<p {% if x %}style="color: red"{% endif %}>', "style="),
        ("<style>p {}</style>", "<style>"),
        ('<button onclick="go()">', "onclick="),
        ('<button title="{% translate "Go" %}" hx-on:click="go()">', "hx-on:click="),
        ('<a href="javascript:go()">', "javascript:"),
        ('<script src="https://cdn.example/x.js"></script>', "loaded from elsewhere"),
        ('<link rel="stylesheet" href="//cdn.example/x.css">', "loaded from elsewhere"),
    ],
)
def test_inline_code_is_found(html, offence):
    assert inline_code(f"{{% comment\n %}}\n{html}") == [(3, offence)]


@pytest.mark.parametrize(
    "html",
    [
        '<script type="module" src="{% static "js/desk.js" %}"></script>',
        '<script type="application/json" id="labels">{}</script>',
        '<a href="https://example.org/">out</a>',
        '<input name="on" data-on="1" aria-label="{% translate "style=" %}">',
        "{# <script> #}",
    ],
)
def test_what_the_policy_allows_is_free(html):
    assert inline_code(html) == []

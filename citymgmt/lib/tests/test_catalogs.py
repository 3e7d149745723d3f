"""Extraction, update, check and compilation of translations."""

import gettext
import os

import pytest

from citymgmt.lib import catalogs

PYTHON = """
from django.utils.translation import gettext_lazy as _, ngettext as counted, pgettext
a = _("Hello" " there")
b = counted("%(n)s case", "%(n)s cases", 3)
c = pgettext("verb", "file")
d = _(variable)
e = "not for translation"
"""
TEMPLATE = """{% load i18n %}
    <p title="{% translate "Close" context "verb" %}">{{ x|default:_("Nothing") }}
  {% blocktranslate count n=n trimmed %}
      One case
  {% plural %}{{ n }} cases{% endblocktranslate %}
"""


@pytest.fixture
def project(tmp_path):
    """A project of two files, and one that does not count."""
    for name, text in {"a/models.py": PYTHON, "a/x.html": TEMPLATE, "a/tests/t.py": PYTHON}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def give(path, flag=""):
    """Translate the one string "Nothing"."""
    empty, full = 'msgid "Nothing"\nmsgstr ""', 'msgid "Nothing"\nmsgstr "无"'
    text = path.read_text()
    assert empty in text
    path.write_text(text.replace(empty, flag + full))


def test_sources_of_python_and_templates(project):
    found = [(source.place, source.text, source.context) for source in catalogs.sources(project)]
    assert found == [
        (("a/models.py", 3), "Hello there", None),
        (("a/models.py", 4), ("%(n)s case", "%(n)s cases"), None),
        (("a/models.py", 5), "file", "verb"),
        (("a/x.html", 2), "Close", "verb"),
        (("a/x.html", 2), "Nothing", None),
        (("a/x.html", 3), ("One case", "%(n)s cases"), None),
    ]


def test_update_writes_what_is_missing_and_keeps_what_is_there(project):
    catalogs.update(project)
    assert len(catalogs.missing(project)) == 6
    path = project / catalogs.CATALOG
    give(path)
    catalogs.update(project)
    again = path.read_text()
    assert 'msgstr "无"' in again
    assert len(catalogs.missing(project)) == 5
    catalogs.update(project)
    assert path.read_text() == again


def test_a_fuzzy_translation_is_none(project):
    catalogs.update(project)
    path = project / catalogs.CATALOG
    give(path, "#, fuzzy\n")
    assert "Nothing" in {source.text for source in catalogs.missing(project)}


def test_an_apps_own_catalog_keeps_its_strings(project):
    own = project / "a" / catalogs.CATALOG
    own.parent.mkdir(parents=True)
    own.write_text('msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
                   'msgid "Nothing"\nmsgstr "无"\n')  # fmt: skip
    before = own.read_text()
    (project / catalogs.CATALOG).parent.mkdir(parents=True)
    (project / catalogs.CATALOG).write_text("")
    catalogs.update(project)
    assert own.read_text() == before
    assert '"Nothing"' not in (project / catalogs.CATALOG).read_text()
    assert "Nothing" not in {source.text for source in catalogs.missing(project)}


def test_compiles_once_and_again_after_a_change(project):
    catalogs.update(project)
    path = project / catalogs.CATALOG
    give(path)
    (written,) = catalogs.compile_all(project)
    with written.open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Nothing") == "无"
    assert catalogs.compile_all(project) == []
    later = written.stat().st_mtime + 10
    os.utime(path, (later, later))
    assert catalogs.compile_all(project) == [written]


def test_the_check_names_place_and_text(project, monkeypatch, capsys):
    monkeypatch.setattr(catalogs, "missing", lambda: list(catalogs.sources(project))[:1])
    assert catalogs.main(["check"]) == 1
    assert "a/models.py:3: no translation: 'Hello there'" in capsys.readouterr().out

"""What code cites can be opened, and what documents name is there."""

from pathlib import Path

import pytest
from django.conf import settings

from citymgmt.tests import citations, settings_read

ROOT = Path(settings.BASE_DIR)
RULES = ROOT / "docs" / "rules"


def documents():
    return [(path, text) for path, text in citations.texts(ROOT) if path.suffix == ".md"]


def test_every_section_that_is_cited_can_be_opened():
    assert list(citations.missing_sections(citations.texts(ROOT), RULES)) == []


def test_citations_are_found_in_each_of_their_forms(tmp_path):
    text = "workflow §2, §4–§6, §7.1) [codes.md](codes.md) §8, requirements S1, S2; glossary\n# §6"
    assert list(citations.cited(text)) == [
        *(("workflow", section) for section in ("2", "4", "5", "6", "7.1")),
        ("codes", "8"),
        ("requirements", "S1"),
        ("requirements", "S2"),
        ("glossary", "6"),
    ]


def test_a_section_that_is_missing_or_names_no_page_is_told():
    source = (Path("some.py"), "Codes §99, workflow §5, some rules §5")
    assert list(citations.missing_sections([source], RULES)) == [
        "some.py: codes §99",
        "some.py: §5 of which page?",
    ]


def test_the_rules_name_what_is_there():
    assert list(citations.unknown_names(documents(), ROOT)) == []


def test_a_name_that_is_not_there_is_told():
    source = (Path("a.md"), "`worktime` in cases, `no_such_thing` in grid")
    assert list(citations.unknown_names([source], ROOT)) == ["a.md: `no_such_thing` in grid"]


def test_every_link_between_documents_leads_somewhere():
    assert list(citations.dead_links(documents())) == []


def test_changes_that_are_shown_fit_the_code():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    assert len(list(citations.changes(text))) > 10
    assert list(citations.stale_changes(text, ROOT)) == []


def test_a_change_that_fits_no_more_is_told(tmp_path):
    (tmp_path / "a.py").write_text("one = 1\ntwo = 2\ntwo = 2\n")
    hunks = [" one = 1\n+and = 0", " one = 2\n+x = 0", " two = 2", "-one = 1\n-x"]
    shown = "".join(f"@@\n{hunk}\n" for hunk in hunks)
    text = f"```diff\n--- a.py\n{shown}--- new.py (new)\n@@\n+x\n```\n"
    told = ["a.py: one = 2", "a.py: two = 2", "a.py: one = 1\nx"]
    assert list(citations.stale_changes(text, tmp_path)) == told


def test_every_variable_of_the_environment_is_described_with_its_default():
    read = dict.fromkeys(settings_read.read_by_scripts(ROOT)) | settings_read.read_by_code(ROOT)
    page = (ROOT / "docs" / "operate" / "environment.md").read_text()
    assert list(settings_read.differences(read, settings_read.described(page))) == []


def test_a_variable_that_is_missing_left_over_or_changed_is_told():
    code = 'A = env.flag("A", True)\nB = os.environ.get("B", "5")\nC = os.environ["C"]'
    read = dict(settings_read.read_in(code))
    assert read == {"A": "1", "B": "5", "C": None}
    assert list(settings_read.differences(read, {"A": "0", "C": "x", "D": "none"})) == [
        "A: 0 in the page, 1 in the code",
        "B is read and not described",
        "D is described and read nowhere",
    ]


def test_a_variable_whose_name_is_computed_cannot_be_looked_up():
    with pytest.raises(settings_read.Unnamed):
        dict(settings_read.read_in('env.seconds(f"A_{b}", 1)'))

"""Management and evaluation grids: what is proposed, what is found wrong, what is stored."""

from io import StringIO

import pytest
import shapely
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from citymgmt.accounts.posts import POSTS
from citymgmt.lib.errors import NotYours
from grid.above import proposals
from grid.above.actions import build_above, checked
from grid.above.proposals import Fault, Piece, propose
from grid.geometry import from_geos
from grid.models import EvaluationGrid, ManagementCell, ManagementGrid, UnitGrid
from grid.tests.town import TODAY, make_town, worker


def square(x, y):
    return shapely.box(x * 100, y * 100, x * 100 + 100, y * 100 + 100)


def board(places, community="c"):
    return [Piece(f"{community}{x:02d}{y:02d}", community, square(x, y)) for x, y in places]


# --- proposing ------------------------------------------------------------------------------
def test_neighbours_share_a_border_not_a_corner():
    near = proposals.neighbours(board([(0, 0), (1, 0), (1, 1)]))
    assert near["c0000"] == {"c0100": pytest.approx(100)}
    assert set(near["c0100"]) == {"c0000", "c0101"}


def test_a_row_of_eight_makes_two_groups():
    assert propose(board([(x, 0) for x in range(8)])) == {
        "c": [["c0000", "c0100", "c0200", "c0300"], ["c0400", "c0500", "c0600", "c0700"]]
    }


def test_the_one_left_over_joins_its_neighbours():
    found = propose(board([(x, 0) for x in range(9)]))["c"]
    assert sorted(map(len, found)) == [4, 5]


def test_what_stands_alone_stays_alone():
    found = propose(board([(0, 0), (5, 5), (6, 6)]))["c"]
    assert found == [["c0000"], ["c0505"], ["c0606"]]


def test_communities_are_never_mixed():
    found = propose([*board([(0, 0), (1, 0)], "a"), *board([(2, 0), (3, 0)], "b")])
    assert found == {"a": [["a0000", "a0100"]], "b": [["b0200", "b0300"]]}


def test_nothing_makes_nothing():
    assert propose([]) == {}
    assert proposals.faults({}, []) == []


places = st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=40)


@given(places, st.sampled_from("ab"), st.randoms(use_true_random=False))
def test_proposals_keep_every_rule_in_any_order(spots, name, chance):
    pieces = [*board(spots, name), *board([(x + 20, y) for x, y in spots], "z")]
    found = propose(pieces)
    groups = {f"{c}-{n}": keys for c, all_ in found.items() for n, keys in enumerate(all_)}
    assert proposals.faults(groups, pieces) == []
    mixed = list(pieces)
    chance.shuffle(mixed)
    assert propose(mixed) == found


# --- checking -------------------------------------------------------------------------------
ROW = board([(x, 0) for x in range(6)])
KEYS = [piece.key for piece in ROW]


@pytest.mark.parametrize(
    ("groups", "found"),
    [
        ({"g": KEYS[:3], "h": KEYS[3:]}, []),
        ({"g": KEYS}, [Fault("count", "g", tuple(KEYS))]),
        ({"g": KEYS[:5], "h": []}, [Fault("count", "h"), Fault("missing", None, (KEYS[5],))]),
        ({"g": [*KEYS[:2], "gone"], "h": KEYS[2:]}, [Fault("count", "g", (*KEYS[:2], "gone"))]),
        (
            {"g": [KEYS[0], KEYS[2]], "h": [KEYS[1]], "i": KEYS[3:]},
            [Fault("apart", "g", (KEYS[0], KEYS[2]))],
        ),
        (
            {"g": KEYS[:3], "h": KEYS[2:]},
            [Fault("several", "g", (KEYS[2],))],
        ),
    ],
)
def test_faults(groups, found):
    assert proposals.faults(groups, ROW) == found


def test_a_group_across_a_border_is_a_fault():
    pieces = [*board([(0, 0)], "a"), *board([(1, 0)], "b")]
    keys = tuple(piece.key for piece in pieces)
    assert proposals.faults({"g": keys}, pieces) == [Fault("community", "g", keys)]


# --- storing --------------------------------------------------------------------------------
@pytest.fixture
def town(db):
    return make_town()


def test_grids_are_stored_with_their_ground(town):
    assert build_above() == {"cells": 9, "management": 3, "evaluation": 3}
    first = ManagementGrid.objects.first()
    assert first.code == f"{town.communities[0].code}M001"
    assert set(first.cells.all()) == set(town.cells[:4])
    joined = shapely.union_all([from_geos(cell.geometry) for cell in town.cells[:4]])
    assert from_geos(first.geometry).symmetric_difference(joined).area < 1e-15
    assert (first.evaluation_grid.letter, first.evaluation_grid.community) == (
        "A", town.communities[0],
    )  # fmt: skip
    assert checked() == []


def test_building_again_replaces_one_community_only(town):
    build_above()
    kept = set(ManagementGrid.objects.values_list("id", flat=True))
    build_above(communities=[town.communities[1]])
    now = set(ManagementGrid.objects.values_list("id", flat=True))
    assert len(now) == 3
    assert len(kept & now) == 2


def test_an_ended_cell_is_found_and_mended(town):
    build_above()
    UnitGrid.objects.filter(pk=town.cells[1].pk).update(
        end_date=TODAY.replace(year=2020), start_date=TODAY.replace(year=2019)
    )
    kinds = {fault.kind for fault in checked()}
    assert "count" in kinds
    build_above(communities=[town.communities[0]])
    assert [fault.kind for fault in checked()] == []
    assert ManagementGrid.objects.filter(community=town.communities[0]).count() == 2


def test_a_class_that_changed_behind_is_a_fault(town):
    build_above()
    EvaluationGrid.objects.filter(community=town.communities[1]).update(letter="C")
    assert [(f.kind, f.group) for f in checked()] == [("letter", f"{town.communities[1].code}E01")]


@pytest.mark.parametrize("post", [post for post in POSTS if post != "sysadmin"])
def test_only_who_manages_the_grid_builds(db, post):
    with pytest.raises(NotYours):
        build_above(by=worker(post, post))


def test_a_unit_grid_is_in_one_management_grid(town):
    build_above()
    other = ManagementGrid.objects.last()
    with pytest.raises(IntegrityError), transaction.atomic():
        ManagementCell.objects.create(management_grid=other, unit_grid=town.cells[0])


def test_the_command_builds_and_checks(town):
    def say(*options):
        out = StringIO()
        call_command("build_grids_above", *options, stdout=out)
        return out.getvalue().split("\n")[:-1]

    assert say("--check")[0] == "faults: 9"
    assert say()[1] == "management: 3"
    assert say("--check") == ["faults: 0"]
    assert say("--community", town.communities[0].code)[0] == "cells: 4"
    with pytest.raises(CommandError):
        say("--community", "620105001999")

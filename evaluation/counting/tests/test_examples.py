"""Published figures, recomputed with the product's own rates, shares and rounding."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from evaluation.counting.indicators import rates, ratio, rounded
from evaluation.counting.settings import Settings

COPY = Path(__file__).with_name("evaluation_examples.json")
ORIGINAL = COPY.parents[3] / "shared" / "data" / COPY.name
EXAMPLES = {
    item["id"]: item for item in json.loads(COPY.read_text(), parse_float=Decimal)["examples"]
}
# printed result -> the counts it comes from, where it is not simply a rate over the whole place
SPLITS = {
    "collector_share": ("filed_collector", "filed"),
    "wechat_share": ("filed_wechat", "filed"),
    "event_share": ("filed_event", "filed"),
    "component_share": ("filed_component", "filed"),
}
GROUPS = ("event", "component", "dept", "street")
# Marks of a district from figures that no log of cases holds.
OUTSIDE = {"jinniu-fume-complaints", "jinniu-handling-days", "jinniu-shared-bikes"}
SUMS = {
    "fuzhou-2015-05": {
        "sum_of_majors": ("filed_component_majors", "filed_event_majors"),
        "sum_of_sources": ("filed_collector", "filed_public"),
    },
    "quanzhou-2020-11": {
        "sum_of_sources": (
            "self_disposed",
            "accepted_collector",
            "accepted_wechat",
            "accepted_video",
        ),
        "sum_should_dispose": ("should_dispose_dept", "should_dispose_street"),
        "sum_disposed": ("disposed_dept", "disposed_street"),
    },
    "district-2019-05": {"sum_of_units": ("accepted_street", "accepted_dept")},
}
WHOLE = {
    "sum_of_majors": "filed",
    ("fuzhou-2015-05", "sum_of_sources"): "filed",
    ("quanzhou-2020-11", "sum_of_sources"): "accepted",
    "sum_should_dispose": "should_dispose",
    "sum_disposed": "disposed",
    "sum_of_units": "accepted",
}
RATES = [
    (place, name)
    for place, item in EXAMPLES.items()
    for name in item["expected"]
    if place not in OUTSIDE and not name.startswith("sum_")
]


def counts_of(inputs, group):
    """The counts of one group of a place, under the names that the rates know."""
    if not group:
        return inputs
    ending = f"_{group}"
    return {
        name.removesuffix(ending): number
        for name, number in inputs.items()
        if name.endswith(ending)
    }


def computed(place, name):
    inputs = EXAMPLES[place]["inputs"]
    settings = Settings()
    if "should_close" not in inputs:
        settings = Settings(denominators={"close_rate": "dispatched"})
    if name in SPLITS:
        part, whole = SPLITS[name]
        return ratio(inputs[part], inputs[whole], settings)
    group = next((group for group in GROUPS if name.endswith(f"_{group}")), "")
    return rates(counts_of(inputs, group), settings)[name.removesuffix(f"_{group}")]


def test_the_copy_is_whole_and_true():
    assert len(EXAMPLES) == 11
    assert len(RATES) == 17
    if ORIGINAL.exists():
        assert json.loads(COPY.read_text()) == json.loads(ORIGINAL.read_text())


@pytest.mark.parametrize(("place", "name"), RATES)
def test_printed_rates(place, name):
    example = EXAMPLES[place]
    decimals = example["formula"][name]["decimals"]
    assert rounded(computed(place, name), decimals) == example["expected"][name]


@pytest.mark.parametrize(
    ("place", "name"), [(place, name) for place, sums in SUMS.items() for name in sums]
)
def test_printed_parts_sum_to_the_printed_whole(place, name):
    example = EXAMPLES[place]
    parts = [example["inputs"][part] for part in SUMS[place][name]]
    total = sum(sum(part.values()) if isinstance(part, dict) else part for part in parts)
    whole = WHOLE.get(name) or WHOLE[place, name]
    assert total == example["expected"][name] == example["inputs"][whole]

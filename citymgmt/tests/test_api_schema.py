"""What the schema says is what is answered: clients are generated from it."""

import pytest
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft4Validator

from cases.states import State
from cases.tests.cast import bring
from citymgmt.api.urls import REFERENCES

from .test_api import API, client, wrong


@pytest.fixture(scope="module")
def schema():
    return SchemaGenerator().get_schema(public=True)


def as_json_schema(node):
    """OpenAPI 3.0 writes `nullable` where JSON Schema writes a type more."""
    if isinstance(node, list):
        return [as_json_schema(one) for one in node]
    if not isinstance(node, dict):
        return node
    made = {name: as_json_schema(one) for name, one in node.items()}
    return {"anyOf": [{"type": "null"}, made]} if node.get("nullable") is True else made


def check(schema, path, answer, method="get"):
    """The answer is as described for this address."""
    told = schema["paths"][f"/api/v1/{path}"][method]["responses"][str(answer.status_code)]
    shape = as_json_schema(told["content"]["application/json"]["schema"])
    components = as_json_schema(schema["components"])
    Draft4Validator({**shape, "components": components}).validate(answer.json())


@pytest.mark.parametrize("state", list(State))
def test_schema_of_a_case_in_every_state(cast, schema, state):
    case = bring(cast, state)
    made = client(cast.leader)
    check(schema, "cases/{number}/", made.get(f"{API}cases/{case.number}/"))
    check(schema, "cases/", made.get(f"{API}cases/"))


@pytest.mark.parametrize("name", REFERENCES)
def test_schema_of_reference_lists(cast, schema, name):
    check(schema, f"ref/{name}/", client(cast.leader).get(f"{API}ref/{name}/"))


def test_schema_of_refusals(cast, schema):
    check(schema, "cases/", client().get(f"{API}cases/"))
    check(schema, "cases/", client(cast.leader).get(f"{API}cases/?limit=0"))
    answer = client(cast.leader).post(f"{API}cases/", "<a/>", content_type="text/xml")
    assert answer.status_code == 415
    check(schema, "cases/", answer, "post")


def test_schema_says_that_unknown_names_and_blanks_are_refused(schema):
    shapes = schema["components"]["schemas"]
    for name in ("ReportJson", "ActionJson", "TokenIn", "PhotoIn", "PhotosIn"):
        assert shapes[name]["additionalProperties"] is False, name
    assert shapes["TokenIn"]["properties"]["username"]["minLength"] == 1
    assert {"photo_ids"} == {name for name in shapes["ReportJson"]["properties"] if "photo" in name}


def test_schema_says_that_an_empty_filter_is_as_good_as_none(schema):
    for path, operations in schema["paths"].items():
        told = operations.get("get", {}).get("parameters", [])
        for one in told:
            optional = one["in"] == "query" and not one.get("required")
            assert one.get("allowEmptyValue", False) is optional, (path, one)


def test_a_method_that_there_is_not_is_told_before_what_was_asked(cast):
    made = client(cast.leader)
    wrong(made.generic("TRACE", f"{API}locate/?lon=1&lat=1"), 405)
    wrong(made.delete(f"{API}cases/?limit=0"), 405)


def test_empty_filters_are_as_good_as_none(cast):
    bring(cast, State.TO_DISPOSE)
    made = client(cast.leader)
    names = ("state", "kind", "overdue", "urgent", "updated_since", "limit", "after", "number")
    every = made.get(f"{API}cases/").json()
    for name in names:
        assert made.get(f"{API}cases/", {name: ""}).json() == every, name
    wrong(made.get(f"{API}cases/", {"stat": ""}), 400, "unknown_field", "stat")

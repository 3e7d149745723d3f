"""Bodies of programs that nobody can read are a 400 with words."""

import json

import pytest

from citymgmt.lib.errors import BadInput
from grid.change import drawings as drawn

pytestmark = pytest.mark.django_db
DEEP = ["[" * 30_000, '{"a":' * 30_000, "[" * 30_000 + "]" * 30_000]


@pytest.mark.parametrize("body", DEEP)
@pytest.mark.parametrize("path", ["token/", "cases/"])
def test_json_without_a_bottom_is_refused(client, cast, path, body):
    client.force_login(cast.acceptor)
    answer = client.post(f"/api/v1/{path}", body, content_type="application/json")
    assert answer.status_code == 400
    assert set(answer.json()) == {"detail", "code", "fields"}


@pytest.mark.parametrize("body", [*DEEP, '{"type": ' + DEEP[0]])
def test_a_drawing_without_a_bottom_is_refused(body):
    with pytest.raises(BadInput):
        drawn.lines(body)


def test_a_form_of_very_many_files_or_fields_is_refused(client, cast):
    many = "&".join(f"f{n}=1" for n in range(1001))
    kind = "application/x-www-form-urlencoded"
    assert client.post("/public/", many, content_type=kind).status_code in (400, 413)
    assert client.post("/api/v1/token/", many, content_type=kind).status_code in (400, 413)
    assert json.loads(client.post("/api/v1/token/", many, content_type=kind).content)["code"]

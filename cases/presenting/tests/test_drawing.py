"""The drawing of the state machine shows the table as it is."""

from pathlib import Path

import pytest
from django.conf import settings

from cases.machine.moves import MOVES
from cases.presenting import drawing
from cases.states import Action, Scope, State

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "state-machine.md"


def test_drawing_of_the_docs_is_up_to_date():
    said = "run: python manage.py draw_machine"
    assert DOCUMENT.read_text(encoding="utf-8") == drawing.document(), said


def test_drawing_names_every_state_and_action_with_somebody_who_may():
    text = drawing.document()
    for name in [*State, *(row.action for row in MOVES)]:
        assert f"`{name}`" in text
    for move in MOVES:
        assert bool(drawing.posts_for(move)) is (move.scope != Scope.SYSTEM)


def test_drawing_leaves_out_what_keeps_the_state():
    drawn = {(source, target): actions for source, target, actions in drawing.edges()}
    assert drawn[State.REGISTERED, State.TO_FILE] == [Action.ACCEPT]
    assert drawn[State.TO_CLOSE, State.CLOSED] == [Action.CLOSE, Action.SPECIAL_CLOSE]
    assert (State.REGISTERED, State.CLOSED) in drawn  # archived
    assert (State.SUSPENDED, State.CLOSED) not in drawn  # by force alone


@pytest.mark.parametrize(("language", "word"), [("en", "Appeal"), ("zh-hans", "申诉")])
def test_drawing_as_a_page(cast, client, language, word):
    client.force_login(cast.acceptor)
    body = client.get("/cases/machine/", HTTP_ACCEPT_LANGUAGE=language).content.decode()
    assert word in body
    assert all(f'id="{state}"' in body for state in State)
    client.logout()
    assert client.get("/cases/machine/").status_code == 302

"""Reference lists that come with the program: the fixed answers, and the actions on cases.

They are whole, and change with the version of the program alone.
"""

from django.utils.translation import gettext as _
from rest_framework import serializers

from cases.machine.inputs import INPUTS, Type
from cases.machine.moves import MOVES
from cases.states import Action, Scope, State
from citymgmt.accounts.rules import holds
from citymgmt.api.given import Strict
from citymgmt.api.ref import Reference, reference
from citymgmt.lib.errors import BadInput


class FixedQuery(Strict):
    """Whoever asks for changes hears why there are none, and what to do instead."""

    def to_internal_value(self, data):
        if "updated_since" in data:
            detail = _(
                "This list comes with the program and has no moments; "
                "ask with If-None-Match whether it has changed."
            )
            raise BadInput(detail, "unknown_field", {"updated_since": [detail]})
        return super().to_internal_value(data)


class ChoiceOut(serializers.Serializer):
    value = serializers.CharField()
    label = serializers.CharField()


class ReasonOut(ChoiceOut):
    input = serializers.CharField(help_text="The input of an action that takes this value.")


def _choices(row):
    return [{"value": value, "label": words} for value, words in row.answers.items()]


@reference("reasons", ReasonOut, FixedQuery, "Every fixed answer an input of an action may have.")
class ReasonsView(Reference):
    query = FixedQuery
    shape = ReasonOut

    def rows(self, request):
        return [{"input": row.name, **one} for row in INPUTS.values() for one in _choices(row)]


class InputOut(serializers.Serializer):
    name = serializers.CharField()
    label = serializers.CharField()
    type = serializers.CharField(help_text=", ".join(Type))
    required = serializers.BooleanField(help_text="In every state the action is possible in.")
    needed_in = serializers.ListField(
        child=serializers.CharField(), help_text="The states in which it must be given."
    )
    choices = ChoiceOut(many=True)
    sent_as = serializers.CharField(
        help_text="Photos of every type travel as `photos`, or ahead as `photo_ids`."
    )
    photo_type = serializers.CharField(
        allow_blank=True, help_text="A photo of this type must be among them."
    )


class ActionOut(serializers.Serializer):
    action = serializers.CharField()
    label = serializers.CharField()
    states = serializers.ListField(child=serializers.CharField())
    yours = serializers.BooleanField(help_text="Whether your posts have this right at all.")
    inputs = InputOut(many=True)


def _action(action, moves, user):
    names = [name for name in INPUTS if any(_may_be_given(name, move) for move in moves)]
    return {
        "action": str(action),
        "label": action.label,
        "states": [s for s in State if any(s in move.sources for move in moves)],
        "yours": any(holds(user, move.verb or move.action) for move in moves),
        "inputs": [_input(INPUTS[name], moves) for name in names],
    }


def _may_be_given(name, move):
    return INPUTS[name] in move.inputs


def _input(row, moves):
    needed = [move for move in moves if row in move.needs]
    photos = row.type == Type.PHOTOS
    return {
        "name": row.name,
        "label": row.label,
        "type": row.type,
        "required": len(needed) == len(moves),
        "needed_in": [s for s in State if any(s in move.sources for move in needed)],
        "choices": _choices(row),
        "sent_as": "photos" if photos else row.name,
        "photo_type": "after" if row.name == "after_photos" else "",
    }


@reference("actions", ActionOut, FixedQuery, "Actions on cases, and what each takes.")
class ActionsView(Reference):
    query = FixedQuery
    shape = ActionOut

    def rows(self, request):
        by_people = [move for move in MOVES if move.scope != Scope.SYSTEM]
        found: dict[Action, list] = {}
        for move in by_people:
            found.setdefault(move.action, []).append(move)
        return [_action(action, moves, request.user) for action, moves in found.items()]

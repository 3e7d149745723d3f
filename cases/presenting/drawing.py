"""The table of moves as people read it: a diagram and lists, for the docs and for a page.

Everything comes from `cases.states`, the inputs and the posts that the product ships.
"""

from django.utils.translation import gettext as _
from django.utils.translation import override

from cases.machine.moves import MOVES, Move
from cases.states import HOLDER, OPEN, STAGE_OF, Scope, State
from citymgmt.accounts.posts import POSTS
from citymgmt.lib.naming import in_language

HEAD = """# The way of a case

This page is written by `python manage.py draw_machine` from the table of moves
(`cases/machine/moves.py`); a test fails when it is not up to date. The same table is shown in the
running product at `/cases/machine/`.

`[*]` is a new report. Left out of the diagram: what keeps the state, and a forced close, which is
possible from every open state.
"""


def posts_for(move: Move) -> list[str]:
    """Codes of the shipped posts whose verbs include that of the move."""
    verb = move.verb or move.action
    return [code for code, (_en, _zh, verbs) in POSTS.items() if verb in verbs]


def moves_of(state: State) -> list[Move]:
    return [move for move in MOVES if state in move.sources]


def edges() -> list[tuple[str, str, list[str]]]:
    """(source, target, actions) of the diagram, in the order of the table."""
    found: dict[tuple[str, str], list[str]] = {}
    for state in State:
        for move in moves_of(state):
            drawn = move.target and not (move.sources == OPEN and move.target == State.CLOSED)
            if drawn and move.action not in found.setdefault((state, move.target), []):
                found[state, move.target].append(str(move.action))
    return [(source, target, actions) for (source, target), actions in found.items() if actions]


def diagram() -> str:
    """Mermaid text."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.REGISTERED}: report"]
    for source, target, actions in edges():
        lines.append(f"    {source} --> {target}: {', '.join(actions)}")
    return "\n".join(lines)


def document() -> str:
    """The page of the docs, in English."""
    with override("en"):
        parts = [HEAD, f"```mermaid\n{diagram()}\n```\n", "## States\n", _states()]
        parts += [_section(state) for state in State]
    return "\n".join(parts)


def _states():
    lines = ["| State | Shown as | With | Clock |", "|---|---|---|---|"]
    for state in State:
        clock = STAGE_OF[state].label if state in STAGE_OF else "–"
        lines.append(f"| `{state}` | {state.label} | {HOLDER.get(state, '–')} | {clock} |")
    return "\n".join(lines) + "\n"


def _section(state):
    lines = [
        f"## {state.label}: `{state}`\n",
        "| Action | To | Posts | Scope | If | Needs | Refused by |",
        "|---|---|---|---|---|---|---|",
    ]
    for move in moves_of(state):
        cells = (
            f"`{move.action}`",
            f"`{move.target}`" if move.target else "stays",
            ", ".join(posts_for(move)) or "the timer",
            move.scope,
            move.condition,
            ", ".join(move.needed),
            ", ".join(guard.name for guard in move.guards),
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def page() -> list[dict]:
    """States with their moves in the language of the reader, for the template."""
    return [
        {
            "state": state, "holder": _post(HOLDER.get(state, "")),
            "clock": STAGE_OF[state].label if state in STAGE_OF else "",
            "moves": [_row(move) for move in moves_of(state)],
        }
        for state in State
    ]  # fmt: skip


def _row(move):
    return {
        "move": move, "posts": [_post(code) for code in posts_for(move)] or [_("System")],
        "scope": SCOPE_WORDS[move.scope](), "needs": [str(row.label) for row in move.needs],
    }  # fmt: skip


def _post(code):
    if code not in POSTS:
        return ""
    en, zh, _verbs = POSTS[code]
    return in_language(zh, en)


SCOPE_WORDS = {
    Scope.AREA: lambda: _("oversees the place"),
    Scope.DEPT: lambda: _("of the responsible department"),
    Scope.ASSIST: lambda: _("of an assisting department"),
    Scope.TASK: lambda: _("has the task"),
    Scope.DUTY: lambda: _("has the task, or oversees the place"),
    Scope.CITIZEN: lambda: _("oversees the place, or the citizen who reported it"),
    Scope.SYSTEM: lambda: "",
}

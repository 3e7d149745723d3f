"""The keys of the actions: one table, the same at every desk, on the buttons and in the help.

Enter opens the form of the way forward; where that may be one of several, each has a key of its
own besides. What ends or undoes something has no key: one must aim at its button. A key opens a
form, it never sends one.
"""

from cases.machine.moves import MOVES, Move
from cases.states import Action, Scope, State

A = Action
ENTER = "Enter"
# Of the pages themselves: rows, search, a new report, the clock, the help (static/js/lib/keys.js).
RESERVED = frozenset("jknt/?")

KEYS: dict[Action, str] = {
    # the way forward, each in a state of its own
    A.VERIFY: ENTER, A.ACCEPT: ENTER, A.ARCHIVE: ENTER, A.FILE: ENTER, A.DISPATCH: ENTER,
    A.ASSIGN: ENTER, A.DISPOSE: ENTER, A.PASS_CHECK: ENTER, A.SEND_CHECK: ENTER, A.CHECK: ENTER,
    A.CLOSE: ENTER,
    # of the center
    A.SEND_VERIFY: "2", A.REDISPATCH: "3", A.REWORK: "4", A.SEND_BACK: "5", A.APPROVE: "6",
    A.FORWARD: "7", A.RESUME: "8", A.URGE: "9", A.SUPERVISE: "s", A.RESOLVE: "o",
    A.INSTRUCT: "i", A.HAND_OVER: "h", A.SET_CAMPAIGN: "c", A.NO_PARTY: "m",
    A.PROXY_DISPOSE: "p", A.ARBITRATE: "b",
    # of the departments
    A.FEEDBACK: "f", A.UNASSIGN: "u", A.ARRIVE: "z", A.HAND_OVER_SITE: "g",
    A.ASSIST_FEEDBACK: "a",
    A.REPLY: "y", A.RETURN: "r", A.EXTEND: "e", A.SUSPEND: "d", A.SUSPEND_HARD: "x",
    A.APPEAL: "l",
}  # fmt: skip

# They end a case, turn something down or take a decision back.
ENDING = frozenset({
    A.REJECT, A.DECLINE, A.VOID, A.REFUSE, A.WITHDRAW, A.MERGE, A.UNMERGE, A.SPECIAL_CLOSE,
    A.FORCE_CLOSE, A.UNSOLVED,
})  # fmt: skip
# Where Enter may mean one of these, it means the first of them.
LEADING = (A.APPROVE, A.REWORK, A.RESUME, A.SEND_VERIFY)


def ends(move: Move) -> bool:
    """Whether the move is a verdict that cannot be passed by a key; approving a void is one."""
    return move.action in ENDING or move.target == State.VOID


def key_of(move: Move) -> str:
    """The key of the move's action; "" where it has none."""
    return "" if ends(move) else KEYS.get(move.action, "")


def leading(moves: list[Move], pending: str) -> Move | None:
    """The move that Enter means: what the open request waits for, or the way forward."""
    able = [move for move in moves if not ends(move)]
    if pending:
        return next((move for move in able if move.action in (A.APPROVE, A.FORWARD)), None)
    forward = next((move for move in able if move.main), None)
    return forward or min(
        (move for move in able if move.action in LEADING),
        key=lambda move: LEADING.index(move.action),
        default=None,
    )


def foremost(moves: list[Move], pending: str) -> Move | None:
    """The move whose button stands first: what Enter means, or else the approval that the open
    request waits for, though it ends the case and no key passes it."""
    approval = next((move for move in moves if pending and move.action == A.APPROVE), None)
    return leading(moves, pending) or approval


def listed(verbs: frozenset[str]) -> list[tuple[str, str]]:
    """(key, words of the action) for the help: those of the actions that these verbs allow."""
    own = {move.action for move in MOVES if (move.verb or move.action) in verbs}
    people = {move.action for move in MOVES if move.scope != Scope.SYSTEM}
    return [
        (key, str(action.label))
        for action, key in KEYS.items()
        if key != ENTER and action in own & people
    ]

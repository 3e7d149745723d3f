"""What follows a commit can no longer fail what was committed.

Every such step goes through `after_commit`: a step that fails is logged with its traceback and
counted, and the person who acted is told of their success. Whoever adds a step names what heals it:
a row that a task finds again, or a reader that looks by itself.
"""

import logging
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction

log = logging.getLogger(__name__)
failures: Counter[str] = Counter()  # by step, since this process began


def after_commit(step: Callable[..., Any], *args: Any) -> None:
    """Call `step(*args)` once the transaction under way is committed; at once where none is."""
    transaction.on_commit(partial(carry_out, step, *args))


def carry_out(step: Callable[..., Any], *args: Any) -> None:
    """Do it; a failure is logged and counted in `failures`, and goes no further."""
    try:
        step(*args)
    except Exception:
        name = f"{step.__module__}.{step.__qualname__}"
        failures[name] += 1
        log.exception(
            "After the commit %s failed, for the %d. time in this process; what was committed"
            " stands.", name, failures[name],
        )  # fmt: skip

"""What is done beside the database is undone with the transaction it belongs to.

Django calls back after a commit, not after a rollback. Both database engines of the product do.
"""

from collections.abc import Callable

from django.db import IntegrityError


class Undoing:
    """Of a `DatabaseWrapper`: `on_rollback(undo)` is called when what is under way is rolled back.

    A commit whose answer never came may have happened: then nothing is undone, and what was left
    is for a sweep (`cases.photos.sweeping`).
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._undos: list[tuple[frozenset, Callable[[], None]]] = []

    def on_rollback(self, undo: Callable[[], None]) -> None:
        """Outside a transaction nothing is ever rolled back."""
        if self.in_atomic_block:
            self._undos.append((frozenset(self.savepoint_ids), undo))

    def commit(self):
        undos, self._undos = self._undos, []
        try:
            super().commit()
        except IntegrityError:  # refused, and not lost
            self._undos = undos
            raise

    def rollback(self):
        try:
            super().rollback()
        finally:
            self._undo(lambda within: True)

    def savepoint_rollback(self, sid):
        super().savepoint_rollback(sid)
        self._undo(lambda within: sid in within)

    def close(self):
        """A transaction without its connection is rolled back by the server."""
        try:
            super().close()
        finally:
            self._undo(lambda within: True)

    def _undo(self, concerns):
        undone = [undo for within, undo in self._undos if concerns(within)]
        self._undos = [one for one in self._undos if not concerns(one[0])]
        for undo in reversed(undone):
            undo()

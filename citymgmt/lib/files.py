"""Files of rows: whole or not there, and gone with the transaction that wrote them."""

import logging
from functools import partial
from uuid import uuid4

from django.core.files.move import file_move_safe
from django.core.files.storage import FileSystemStorage
from django.db import connection

PART = ".part"  # a file that is being written

log = logging.getLogger(__name__)


class Files(FileSystemStorage):
    """A full disk leaves no half file; a rollback leaves no file that no row names."""

    def _save(self, name, content):
        part = f"{name}.{uuid4().hex}{PART}"
        try:
            part = super()._save(part, content)
        except OSError:
            self.delete(part)
            raise
        file_move_safe(self.path(part), self.path(name))
        connection.on_rollback(partial(self._forget, name))
        return name

    def _forget(self, name):
        """The refusal is what its person is told, whatever becomes of the file."""
        try:
            self.delete(name)
        except OSError as error:
            log.warning("A file that no row names is left for the sweep: %s (%s)", name, error)

"""Static files under names that carry their contents' hash."""

from django.contrib.staticfiles import finders
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Names get hashes, imports between ES modules included.

    Without the latter a module that is both a page's script and an import of another module
    would be loaded twice: once by its hashed name, once by its plain one.

    Before anything was collected (tests, a fresh checkout) plain names are answered, and a name
    that exists nowhere is still an error.
    """

    support_js_module_import_aggregation = True

    def stored_name(self, name):
        if self.hashed_files:
            return super().stored_name(name)
        if finders.find(name) is None:
            raise ValueError(f"No static file is called {name!r}.")
        return name

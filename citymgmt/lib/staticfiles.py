"""Static files under names that carry their contents' hash."""

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.apps import StaticFilesConfig
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Names get hashes, imports between the product's own ES modules included.

    Without the latter a module that is both a page's script and an import of another module
    would be loaded twice: once by its hashed name, once by its plain one. Libraries are left as
    they are; some import files that they do not ship.

    Before anything was collected (tests, a fresh checkout) plain names are answered, and a name
    that exists nowhere is still an error.
    """

    _imports = CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]
    patterns = (*CompressedManifestStaticFilesStorage.patterns, ("js/*.js", _imports))

    def stored_name(self, name):
        if self.hashed_files:
            return super().stored_name(name)
        if finders.find(name) is None:
            raise ValueError(f"No static file is called {name!r}.")
        return name


class StaticFiles(StaticFilesConfig):
    """Without ECharts' extensions: one of them imports a file that its package does not ship."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "extension"]

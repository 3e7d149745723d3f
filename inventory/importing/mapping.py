"""The map of an import: which column of somebody else's file holds which field, and how to read.

Described for those who write one in docs/import-components.md.
"""

from dataclasses import dataclass, field, fields
from pathlib import Path

from django.utils.translation import gettext as _

from citymgmt.lib.errors import BadInput
from citymgmt.lib.reading.encodings import Unreadable, codec_named, decode_file
from citymgmt.lib.reading.jsons import load_json
from grid.geometry import system_of

DEPARTMENTS = ("supervisor", "owner", "maintainer")
DATES = ("surveyed_on", "changed_on")
TEXTS = ("name", "data_source", "remark")
FIELDS = (
    "code",
    "number",
    "class_code",
    "foreign_id",
    "lon",
    "lat",
    "status",
    *DEPARTMENTS,
    *DATES,
    *TEXTS,
)
GIVEN, AUTOMATIC = "given", "automatic"


@dataclass(frozen=True)
class Mapping:
    """How to read a file.

    columns: column → field (`FIELDS`); values: field → the same text for every row; translate:
    field → {text of the file: our text}. A component is named by `code`, by `number` (up to 6
    digits, unique in its class) from which the code is composed, or with numbers "automatic" by
    the identifier of the other system, `foreign_id`. system: whose identifiers those are.
    edition: of the classes, the one in force unless given. sheet, header_row, encoding: of a
    table; layer, encoding: of a GIS file; crs: of either, believed more than what the file says.
    required: fields that may not be empty, and whose department must be known.
    """

    columns: dict
    values: dict = field(default_factory=dict)
    translate: dict = field(default_factory=dict)
    edition: str | None = None
    layer: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    encoding: str | None = None
    crs: str | int | None = None
    system: str = ""
    numbers: str = GIVEN
    required: tuple = ()

    @property
    def fields(self):
        return {*self.columns.values(), *self.values}

    @property
    def automatic(self):
        return self.numbers == AUTOMATIC

    def columns_of(self, name) -> list[str]:
        return [column for column, target in self.columns.items() if target == name]

    def read(self, row: dict) -> dict:
        """The fields of one row as text."""
        given = dict(self.values)
        for column, name in self.columns.items():
            given[name] = row.get(column, "")
        return {name: self.translate.get(name, {}).get(text, text) for name, text in given.items()}


KEYS = {found.name: found.type for found in fields(Mapping)}
TABLES_OF_TEXT = ("columns", "values", "translate")
TEXT_KEYS = ("edition", "layer", "sheet", "encoding", "system", "numbers")


def read_mapping(path) -> Mapping:
    """The mapping of a JSON file; BadInput says what is wrong with it."""
    try:
        found = load_json(decode_file(Path(path).read_bytes()))
    except (OSError, ValueError, Unreadable) as error:
        raise BadInput(f"{path}: {error}", "bad_mapping") from error
    if not isinstance(found, dict):
        raise BadInput(_("%s: a mapping is a JSON object.") % path, "bad_mapping")
    _check_keys(found)
    found["required"] = tuple(found.get("required") or ())
    found["values"] = {name: str(value) for name, value in found.get("values", {}).items()}
    mapping = Mapping(**found)
    check_mapping(mapping)
    return mapping


def _check_keys(found):
    unknown = sorted(set(found) - set(KEYS))
    if unknown or "columns" not in found:
        raise _bad(
            _("The mapping names unknown keys: %(names)s. Allowed are: %(allowed)s.")
            % {"names": ", ".join(unknown), "allowed": ", ".join(KEYS)}
            if unknown
            else _("The mapping must name columns.")
        )
    for name in TABLES_OF_TEXT:
        if not isinstance(found.get(name, {}), dict):
            raise _bad(_("In the mapping %s must be an object.") % name)
    for name in TEXT_KEYS:
        if not isinstance(found.get(name) or "", str):
            raise _bad(_("In the mapping %s must be text.") % name)
    if not all(isinstance(name, str) for name in found["columns"].values()):
        raise _bad(_("In the mapping every column must name a field."))
    if not all(isinstance(words, dict) for words in found.get("translate", {}).values()):
        raise _bad(_("In the mapping %s must be an object.") % "translate")
    if not isinstance(found.get("required") or [], list):
        raise _bad(_("In the mapping %s must be a list.") % "required")


def check_mapping(mapping: Mapping) -> None:
    """BadInput when the mapping cannot be meant."""
    named = {*mapping.fields, *mapping.translate, *mapping.required}
    if unknown := sorted(named - set(FIELDS)):
        raise _bad(
            _("The mapping names unknown fields: %(names)s. Allowed are: %(allowed)s.")
            % {"names": ", ".join(unknown), "allowed": ", ".join(FIELDS)}
        )
    if twice := [name for name in mapping.fields if _sources(mapping, name) > 1]:
        raise _bad(_("The mapping names these fields twice: %s") % ", ".join(sorted(twice)))
    _check_identity(mapping)
    row = mapping.header_row
    if row is not None and (not isinstance(row, int) or isinstance(row, bool) or row < 1):
        raise _bad(_("header_row is the number of a row, from 1, not “%s”.") % row)
    _check_names(mapping)


def _sources(mapping, name):
    return len(mapping.columns_of(name)) + (name in mapping.values)


def _check_identity(mapping):
    if mapping.numbers not in (GIVEN, AUTOMATIC):
        raise _bad(_("numbers is “given” or “automatic”, not “%s”.") % mapping.numbers)
    if mapping.automatic and not mapping.columns_of("foreign_id"):
        raise _bad(
            _(
                "Automatic numbers need a column for foreign_id, or the same file would be stored"
                " twice."
            )
        )
    if not mapping.automatic and not mapping.fields & {"code", "number"}:
        raise _bad(_("The mapping must name a column for code or number."))
    if not mapping.fields & {"code", "class_code"}:
        raise _bad(_("The mapping must give the class: class_code, or a full code."))


def _check_names(mapping):
    try:
        codec_named(mapping.encoding)
    except LookupError as error:
        raise _bad(_("There is no encoding “%s”.") % mapping.encoding) from error
    if mapping.crs is None:
        return
    try:
        system_of(mapping.crs)
    except ValueError as error:
        raise _bad(str(error)) from error


def _bad(reason):
    return BadInput(reason, "bad_mapping")

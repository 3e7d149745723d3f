"""Translation catalogs without system tools: extract, update, check, compile (with Babel).

    python -m citymgmt.lib.catalogs compile | check | update

Source strings are English. `locale/zh_Hans/LC_MESSAGES/django.po` holds their translations; an
app may keep a catalog of its own, which is read here but never rewritten.
"""

import os
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
LOCALE = "zh_Hans"
CATALOG = f"locale/{LOCALE}/LC_MESSAGES/django.po"
OUTSIDE = {".venv", "node_modules", "var", "migrations", "tests", "docs", ".git", "script"}
# Function → which arguments hold the text; "c" marks the context. Lazy twins read the same.
FUNCTIONS = {
    "gettext": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
KEYWORDS = {f"{name}{end}": spec for name, spec in FUNCTIONS.items() for end in ("", "_lazy")}
KEYWORDS["_"] = None
ALIAS = re.compile(r"\b(\w*gettext\w*) as (\w+)")

Text = str | tuple[str, ...]  # a plural message is (singular, plural)


class Source(NamedTuple):
    """One translatable string: where it stands, what it says, in which context."""

    place: tuple[str, int]
    text: Text
    context: str | None


def files(root: Path, *suffixes: str) -> Iterator[Path]:
    """The product's own files with one of these suffixes, in a steady order."""
    for folder, inner, names in os.walk(root):
        inner[:] = sorted(set(inner) - OUTSIDE)
        yield from (Path(folder, name) for name in sorted(names) if name.endswith(suffixes))


def sources(root: Path = ROOT) -> Iterator[Source]:
    """Every translatable string of the project's own Python files and templates."""
    for path in files(root, ".py", ".html"):
        yield from read_source(path.read_text(encoding="utf-8"), path.relative_to(root).as_posix())


def read_source(code: str, name: str) -> Iterator[Source]:
    """The translatable strings of one file; `name` tells a template from Python."""
    if name.endswith(".html"):
        # The result reads like Python, except that its indentation is still the template's.
        code = "\n".join(line.lstrip() for line in templatize(code, origin=name).splitlines())
    keywords = KEYWORDS | {
        alias: KEYWORDS[function] for function, alias in ALIAS.findall(code) if function in KEYWORDS
    }
    found = extract("python", BytesIO(code.encode()), keywords)
    for line, text, _comments, context in found:
        yield Source((name, line), text, context)


def catalogs(root: Path = ROOT) -> list[Path]:
    """The project's catalogs, its common one first."""
    return sorted(
        (path for path in files(root, ".po") if path.match(CATALOG)),
        key=lambda path: len(path.parts),
    )


def missing(root: Path = ROOT) -> list[Source]:
    """The source strings without a complete, settled (not fuzzy) translation."""
    known = [_read(path) for path in catalogs(root)]
    return [
        source
        for source in sources(root)
        if not any(_translated(catalog.get(source.text, source.context)) for catalog in known)
    ]


def update(root: Path = ROOT) -> Catalog:
    """Rewrite the common catalog: what the sources say now, with the translations it has.

    Strings that an app's own catalog translates are left to it.
    """
    common, *apps = catalogs(root) or [root / CATALOG]
    old = _read(common) if common.exists() else Catalog(locale=LOCALE)
    owned = [_read(path) for path in apps]
    new = Catalog(locale=LOCALE, charset="utf-8", fuzzy=False)
    for place, text, context in sources(root):
        if any(catalog.get(text, context) for catalog in owned):
            continue
        kept = old.get(text, context)
        new.add(
            text,
            kept.string if kept else None,
            locations=[place],
            context=context,
            flags=kept.flags if kept else (),
        )
    common.parent.mkdir(parents=True, exist_ok=True)
    with common.open("wb") as file:
        # Without line numbers and dates, or every change of code would be one of the catalog.
        write_po(file, new, width=100, include_lineno=False, omit_header=False, sort_by_file=True)
    return new


def compile_all(root: Path = ROOT) -> list[Path]:
    """Write the .mo files that are missing or older than their source; answer which."""
    written = []
    for path in catalogs(root):
        target = path.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= path.stat().st_mtime:
            continue
        # A reader that comes meanwhile sees the old file or the new one, never half of it.
        draft = target.with_suffix(f".{os.getpid()}")
        with draft.open("wb") as file:
            write_mo(file, _read(path))
        draft.replace(target)
        written.append(target)
    return written


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=LOCALE)


def _translated(message: Message | None) -> bool:
    if message is None or message.fuzzy:
        return False
    texts = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    return bool(texts) and all(texts)


def main(arguments: list[str]) -> int:
    match arguments:
        case ["compile"]:
            compile_all()
        case ["update"]:
            print(f"{len(update())} strings; {len(missing())} without a translation")
        case ["check"]:
            lacking = missing()
            for (name, line), text, _context in lacking:
                print(f"{name}:{line}: no translation: {text!r}")
            if lacking:
                print("Run script/messages, then translate what is empty or fuzzy in locale/.")
            return bool(lacking)
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

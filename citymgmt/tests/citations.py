"""Readers of what code and documents say of each other, behind `test_docs`: each answers with the
offences it finds."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

APPS = ("citymgmt", "grid", "inventory", "cases", "dispatch", "hotline", "evaluation")
WHERE = (*APPS, "docs", "script", "static", "templates")
TEXT = {".py", ".md", ".js", ".html", ".css", ".sh", ""}
LEFT_OUT = {"node_modules", "__pycache__", "migrations", "screenshots", "pictures"}
PAGES = ("workflow", "codes", "evaluation", "requirements", "glossary")
ONE = r"(?:§\d+(?:\.\d+)*|S\d+\b)"
# A page, perhaps as a link, and what it is cited for: "workflow §2, §4–§7", "requirements S1, S2".
CITATION = re.compile(
    rf"\b({'|'.join(PAGES)})(?:\.md\]\([^)]*\))?[\s#*]+({ONE}(?:\s*[,–-]\s*{ONE})*)",
    re.IGNORECASE,
)
HEADING = re.compile(r"^#+ (?:§(\S+)|(S\d+)) ", re.MULTILINE)
PART = re.compile(rf"([,–-]?)\s*({ONE})")
BARE = re.compile(r"§\d+(?:\.\d+)*")
CARRIED = re.compile(rf"`(\w+)` in ({'|'.join(APPS)})\b")
DIFF = re.compile(r"^( *)```diff\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
NEW = " (new)"
LINK = re.compile(r"\]\((?!https?:|/)([^)#\s]+)(?:#[^)]*)?\)")


def texts(root: Path) -> Iterator[tuple[Path, str]]:
    """(path, text) of every source and document of the product, these readers left out."""
    paths = [path for name in WHERE for path in sorted((root / name).rglob("*"))]
    for path in [*paths, *sorted(root.glob("*.md"))]:
        if path.suffix not in TEXT or not path.is_file() or LEFT_OUT & set(path.parts):
            continue
        if path.name not in {"citations.py", "test_docs.py"}:
            yield path, path.read_text()


def sections(page: str) -> set[str]:
    """The sections a page of rules has: "5", "7.1", "S6"."""
    return {number or letter for number, letter in HEADING.findall(page)}


def cited(text: str) -> Iterator[tuple[str, str]]:
    """(page, section) of every citation, ranges written out."""
    for page, what in CITATION.findall(text):
        before = ""
        for sign, one in PART.findall(what):
            section = one.lstrip("§")
            if sign in ("–", "-") and section.isdecimal():
                yield from ((page.lower(), str(n)) for n in range(int(before) + 1, int(section)))
            yield page.lower(), section
            before = section


def bare(text: str) -> list[str]:
    """Sections that are cited without their page."""
    return BARE.findall(HEADING.sub("", CITATION.sub("", text)))


def missing_sections(sources: Iterable[tuple[Path, str]], rules: Path) -> Iterator[str]:
    """Citations of sections that no page of the folder has; on a page of rules, "§5" is its own."""
    known = {page: sections((rules / f"{page}.md").read_text()) for page in PAGES}
    for path, text in sources:
        own = path.stem if path.parent == rules and path.stem in PAGES else None
        for page, section in cited(text):
            if section not in known[page]:
                yield f"{path}: {page} §{section}"
        for section in bare(text):
            if section.lstrip("§") not in known.get(own, ()):
                yield f"{path}: {section} of which page?"


def definitions(app: Path) -> set[str]:
    """Names of everything an app defines, and of its modules and folders."""
    found = set()
    for path in app.rglob("*.py"):
        if {"tests", "migrations"} & set(path.parts):
            continue
        found |= {path.stem, path.parent.name}
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names = (one for target in targets for one in ast.walk(target))
                found |= {one.id for one in names if isinstance(one, ast.Name)}
    return found


def unknown_names(documents: Iterable[tuple[Path, str]], root: Path) -> Iterator[str]:
    """Of "`name` in app" those that the app does not define."""
    defined = {app: definitions(root / app) for app in APPS}
    for path, text in documents:
        for name, app in CARRIED.findall(text):
            if name not in defined[app]:
                yield f"{path}: `{name}` in {app}"


def dead_links(documents: Iterable[tuple[Path, str]]) -> Iterator[str]:
    """Links of documents to files that are not there."""
    for path, text in documents:
        for target in LINK.findall(text):
            if not (path.parent / target).exists():
                yield f"{path}: {target}"


Change = tuple[str, bool, list[list[str]]]


def changes(text: str) -> Iterator[Change]:
    """(file, whether it is new, hunks of marked lines) of every diff that a document shows:
    "--- file", "@@" before each hunk, and lines that begin with " ", "+" or "-"."""
    for indent, block in DIFF.findall(text):
        lines = [line.removeprefix(indent) or " " for line in block.splitlines()]
        for part in "\n".join(lines).split("--- ")[1:]:
            name, *hunks = part.rstrip("\n").split("\n@@\n")
            yield name.removesuffix(NEW), name.endswith(NEW), [one.split("\n") for one in hunks]


def stale_changes(text: str, root: Path) -> Iterator[str]:
    """Hunks whose lines before the change do not stand once in the file."""
    for name, new, hunks in changes(text):
        for hunk in () if new else hunks:
            before = "".join(f"{line[1:]}\n" for line in hunk if not line.startswith("+"))
            if not before.strip() or (root / name).read_text().count(before) != 1:
                yield f"{name}: {before.strip()}"

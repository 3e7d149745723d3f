"""What the product reads from the environment, and what its page says of it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from citymgmt.tests.citations import APPS

# Their own environment, not an installation's: tests, measurements, the drill.
LEFT_OUT = {"tests", "bench", "drill", "migrations"}
READERS = {
    "os.environ.get",
    *(f"env.{name}" for name in ("flag", "words", "seconds", "networks", "one_of", "secret")),
}
HELPERS = "env.py"  # reads by the name that it is given
SHELL = re.compile(r"\$\{([A-Z][A-Z_]+)(?::[-+]|\})")
ROW = re.compile(r"^\| `([A-Z][A-Z0-9_]+)` \| (.+?) \| (both|full|embedded) \| (.+) \|$", re.M)


class Unnamed(Exception):
    """A variable whose name is computed, so that nobody can look it up."""


def read_by_code(root: Path) -> dict[str, str | None]:
    """Variable -> its default as it is written in the page; None where the code computes it."""
    found: dict[str, str | None] = {}
    for app in APPS:
        for path in sorted((root / app).rglob("*.py")):
            if not LEFT_OUT & set(path.relative_to(root).parts) and path.name != HELPERS:
                found |= dict(read_in(path.read_text()))
    return found


def read_in(code: str) -> Iterator[tuple[str, str | None]]:
    """The same for one module. Unnamed where a name is no constant."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in READERS:
            yield _name(node.args[0]), _default(node)
        elif isinstance(node, ast.Subscript) and _read_from_environment(node):
            yield _name(node.slice), None


def _read_from_environment(node: ast.Subscript) -> bool:
    return isinstance(node.ctx, ast.Load) and ast.unparse(node.value) == "os.environ"


def _name(node: ast.expr) -> str:
    if not isinstance(node, ast.Constant):
        raise Unnamed(ast.unparse(node))
    return str(node.value)


def _default(call: ast.Call) -> str | None:
    """Text as it is, flags as 1 and 0, the empty text as "none"."""
    if len(call.args) == 1:
        return "none"
    last = call.args[-1]
    if not isinstance(last, ast.Constant):
        return None
    return str(int(last.value) if isinstance(last.value, bool) else last.value) or "none"


def read_by_scripts(root: Path) -> set[str]:
    """Variables that the shell scripts take from outside."""
    texts = (path.read_text() for path in sorted((root / "script").iterdir()) if path.is_file())
    return {name for text in texts for name in SHELL.findall(text)}


def described(page: str) -> dict[str, str]:
    """Variable -> default, as the tables of the page have them."""
    return {name: default for name, default, _profile, _meaning in ROW.findall(page)}


def differences(read: dict[str, str | None], told: dict[str, str]) -> Iterator[str]:
    """What the page lacks, has too much, or gives another default."""
    for name in sorted(read.keys() | told.keys()):
        if name not in told:
            yield f"{name} is read and not described"
        elif name not in read:
            yield f"{name} is described and read nowhere"
        elif read[name] is not None and read[name] != told[name]:
            yield f"{name}: {told[name]} in the page, {read[name]} in the code"

"""The pages for people at work (docs/use), read as Markdown and turned into HTML.

Ours alone: no HTML inside them, no style, no link to elsewhere. A picture is a file of
docs/screenshots in the page's language, a link another page; both get the addresses of the help.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from markdown_it import MarkdownIt
from markdown_it.token import Token

DOCS = Path(settings.BASE_DIR) / "docs"
PICTURES = {"zh": DOCS / "screenshots", "en": DOCS / "screenshots" / "en"}
PUBLIC = "public"
# In the order in which a case meets them.
NAMES = (
    "collector", "acceptor", "hotline", "shift_leader", "dispatcher", "liaison", "handler",
    "inspector", "leader", "evaluator", "sysadmin", "secadmin", "auditor", PUBLIC,
)  # fmt: skip
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True)
class Guide:
    """`title` is the first heading, `html` all below it, `pictures` the names it shows."""

    title: str
    html: str
    pictures: tuple[str, ...]


def folder(language: str) -> str:
    return "zh" if language.startswith("zh") else "en"


def source(name: str, language: str) -> Path:
    return DOCS / "use" / folder(language) / f"{name}.md"


def picture_file(name: str, language: str) -> Path:
    return PICTURES[folder(language)] / f"{name}.png"


@cache
def titles(language: str) -> dict[str, str]:
    """Name -> title of every page, in their order."""
    firsts = {name: source(name, language).read_text().splitlines()[0] for name in NAMES}
    return {name: first.removeprefix("# ") for name, first in firsts.items()}


def guide_of(name: str) -> Guide:
    """The page in the language that is active. KeyError for one that does not exist."""
    if name not in NAMES:
        raise KeyError(name)
    return _read(name, folder(get_language() or "zh"))


def pictures_of(name: str) -> list[str]:
    """The addresses of its pictures."""
    return [_picture(name, picture) for picture in guide_of(name).pictures]


@cache
def _read(name: str, language: str) -> Guide:
    tokens = _markdown.parse(source(name, language).read_text())
    shown = []
    for token in _inside(tokens):
        if token.type == "image":
            shown.append(_stem(token, "src"))
            token.attrSet("src", _picture(name, shown[-1]))
            token.attrSet("loading", "lazy")
        elif token.type == "link_open":
            token.attrSet("href", reverse("guide:page", args=[_stem(token, "href")]))
    html = _markdown.renderer.render(tokens[3:], _markdown.options, {})
    return Guide(tokens[1].content, html, tuple(shown))


def _picture(name: str, picture: str) -> str:
    return reverse("guide:picture", args=[name, picture])


def _inside(tokens: Sequence[Token]) -> list[Token]:
    return [child for token in tokens for child in token.children or ()]


def _stem(token: Token, attribute: str) -> str:
    return PurePosixPath(str(token.attrGet(attribute))).stem

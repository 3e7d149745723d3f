"""What addresses are asked for, found out by asking: which names each view looks up in a query.

`Watched` notes every look-up, whoever reads it (a view, a form, a filter, a template), `reads`
finds those that stand in the code, and `House` walks along every pattern of the addresses.
"""

import ast
import re
import sys
from dataclasses import dataclass, field
from html import unescape
from itertools import islice, product
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlencode, urlsplit

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.http import QueryDict
from django.test.client import ClientHandler, RequestFactory
from django.urls import Resolver404, URLPattern, get_resolver, resolve
from django.urls.converters import get_converters
from drf_spectacular.generators import SchemaGenerator

ROOT = f"{settings.BASE_DIR}/"
APPS = ("citymgmt", "grid", "inventory", "cases", "dispatch", "hotline", "evaluation")
BESIDE = ("/.venv/", "/tests/", "citymgmt/lib/addresses.py")  # the last takes whatever is there
LINK = re.compile(r'(?:href|action|hx-get|hx-post|formaction|data-[a-z-]+)="(/[^"#]*)')
HOLE = re.compile(r"<(?:(\w+):)?(\w+)>")
TRIES = 9
FORMS_ONLY = 405
TEMPLATE = "/django/template/base.py"  # shows what was asked; what reads it is in the view
HTMX = {"HX-Request": "true"}
seen: set[tuple[str, str]] = set()  # (file, name) of every look-up
heard: set[tuple[str, str]] = set()  # those of late


class Watched(QueryDict):
    """A query that notes in `seen` which file of the product looked up which name."""

    def __getitem__(self, name):
        _note(name)
        return super().__getitem__(name)

    def __contains__(self, name):
        _note(name)
        return super().__contains__(name)

    def getlist(self, name, default=None):
        _note(name)
        return super().getlist(name, default)


def _note(name):
    frame = sys._getframe(2)
    while frame and not _ours(frame.f_code.co_filename):
        frame = None if frame.f_code.co_filename.endswith(TEMPLATE) else frame.f_back
    if frame and isinstance(name, str):  # templates also try numbers
        found = frame.f_code.co_filename.removeprefix(ROOT), name
        heard.add(found)
        seen.add(found)


def _ours(file):
    return file.startswith(ROOT) and not any(part in file for part in BESIDE)


def reads() -> set[tuple[str, str]]:
    """(file, name) of every look-up in a query that stands in the code of the product."""
    files = [file for app in APPS for file in Path(ROOT, app).rglob("*.py")]
    return {
        (str(file).removeprefix(ROOT), name)
        for file in files
        if _ours(str(file))
        for node in ast.walk(ast.parse(file.read_text()))
        if (name := _name_read(node))
    }


def _name_read(node) -> str:
    """ "week" of `request.GET.get("week")`, `request.GET["week"]`, `"week" in request.GET`."""
    query, text = ast.Attribute, ast.Constant
    match node:
        case ast.Call(func=ast.Attribute(value=query(attr="GET")), args=[text(value=name), *_]):
            return name
        case ast.Subscript(value=query(attr="GET"), slice=text(value=name)):
            return name
        case ast.Compare(left=text(value=name), comparators=[query(attr="GET")]):
            return name
    return ""


# --- asking ---------------------------------------------------------------------------------
class Asker:
    """Asks with the session of a client, and takes back whatever an answer wrote."""

    def __init__(self, client):
        self.handler, self.factory = ClientHandler(), RequestFactory()
        self.factory.cookies = client.cookies

    def get(self, path, query=None, headers=None):
        """(answer, its text): the whole of it. One that breaks while it is sent raises, and tells
        where."""
        address = f"{path}?{urlencode(query or {}, errors='surrogatepass')}"
        cache.clear()  # or the limits of the public's addresses refuse what is to be read
        with transaction.atomic():
            environ = self.factory.get(address, headers=headers).environ
            # A request writes its path into its environment, where it stands in bytes before.
            environ["PATH_INFO"] = unquote_to_bytes(path).decode("iso-8859-1")
            answer = self.handler(environ)
            try:
                body = b"".join(answer.streaming_content if answer.streaming else [answer.content])
            except Exception as error:
                error.add_note(address)
                raise
            transaction.set_rollback(True)
        return answer, body.decode(errors="replace")


# --- the addresses --------------------------------------------------------------------------
def routes(resolver=None, before="") -> list[str]:
    """Every pattern of the addresses: "cases/<str:number>/"."""
    found = []
    for one in (resolver or get_resolver()).url_patterns:
        here = before + str(one.pattern)
        found += [here] if isinstance(one, URLPattern) else routes(one, here)
    return found


def described() -> dict[str, set[str]]:
    """The names in a query that the description of the interface knows, by path of it."""
    paths = SchemaGenerator().get_schema(public=True)["paths"]
    return {
        path: {
            one["name"] for one in operations["get"].get("parameters", []) if one["in"] == "query"
        }
        for path, operations in paths.items()
        if "get" in operations
    }


def filled(route, parts) -> str:
    """A path of a pattern with these parts."""
    written = {n: quote(str(part), safe="", errors="surrogatepass") for n, part in parts.items()}
    return "/" + HOLE.sub(lambda hole: written[hole[2]], route)


def _page_of(query) -> dict:
    """What a link asks for, whether it leads to the page or to a file of the same."""
    return {name: value for name, value in parse_qsl(query) if name != "as"}


@dataclass
class Door:
    """One pattern of the addresses, and a path that it opens at. `names`: what is looked up there,
    each with the query and the headers that lead to the look-up; `readers`: the files that do."""

    path: str
    names: dict[str, tuple[dict, dict]] = field(default_factory=dict)
    readers: dict[str, set[str]] = field(default_factory=dict)


@dataclass
class House:
    """Every page, file and list as `asker` finds it, by its pattern; `closed`: those that no path
    opens, with the last status. `given`: what scripts ask with, where no link does."""

    asker: Asker
    given: dict
    doors: dict[str, Door] = field(default_factory=dict)
    closed: dict[str, int] = field(default_factory=dict)
    words: dict[str, list[str]] = field(default_factory=dict)  # what stands in parts of paths
    led: dict[str, list[tuple[str, dict]]] = field(default_factory=dict)  # pattern: links to it

    def __post_init__(self):
        patterns = routes()
        for route in patterns:
            if not HOLE.search(route):
                self.open(route, f"/{route}", {})
        while ahead := [one for one in patterns if one in self.led and not self.tried(one)]:
            for route in ahead:
                any(self.open(route, *link) for link in self.led[route][:TRIES])
        for route in patterns:
            if route not in self.doors and self.closed.get(route) != FORMS_ONLY:
                any(self.open(route, path, {}) for path in islice(self.made(route), TRIES))
        told = described()
        for route, door in self.doors.items():
            self.look(door, route, told.get("/" + HOLE.sub(r"{\2}", route), set()))

    def tried(self, route):
        return route in self.doors or route in self.closed

    def made(self, route):
        """Paths of a pattern that no link leads to, of what stands in those of others."""
        names = [name for _kind, name in HOLE.findall(route)]
        for words in product(*(self.words.get(name, ["1"]) for name in names)):
            yield filled(route, dict(zip(names, words, strict=True)))

    def open(self, route, path, query) -> bool:
        """Go there, and note where the links lead; whether this pattern is done with."""
        answer, text = self.asker.get(path, query)
        status = answer.status_code
        if status >= 400 and status not in (400, 422):
            self.closed[route] = status
            return status == FORMS_ONLY
        self.closed.pop(route, None)
        self.doors[route] = Door(path)
        for link in map(unescape, LINK.findall(text)):
            self.follow(urlsplit(link))
        return True

    def follow(self, there):
        try:
            match = resolve(there.path)
        except Resolver404:
            return
        for known, new in [
            (self.led.setdefault(match.route, []), (there.path, _page_of(there.query))),
            *((self.words.setdefault(name, []), str(one)) for name, one in match.kwargs.items()),
        ]:
            if new not in known:
                known.append(new)

    def questions(self, values, few, forms):
        """(path, query, headers): each name of each door and each part of its path with each of
        `values`; with a `few` where the same code reads the same name for another door. What a
        list can be taken along in (`forms`) takes turns beside the page."""
        met: set[tuple[str, str]] = set()
        for route, door in self.doors.items():
            for name, (leads, headers) in door.names.items():
                readers = {(file, name) for file in door.readers[name]}
                for turn, value in enumerate(few if readers <= met else values):
                    yield door.path, leads | {name: value}, headers
                    if "as" in door.names and name != "as":
                        form = forms[turn % len(forms)]
                        yield door.path, leads | {name: value, "as": form}, headers
                met |= readers
            match = resolve(door.path)
            for kind, name in HOLE.findall(route):
                for value in values:
                    if not re.fullmatch(get_converters()[kind or "str"].regex, value):
                        continue  # refused by the pattern
                    parts = match.kwargs | {name: value}
                    yield filled(route, parts), self.usual(route), {}

    def usual(self, route, name="") -> dict:
        """The fullest query of the links to a pattern, of those that ask for this name if any."""
        queries = [query for _path, query in self.led.get(route, [])]
        return max([q for q in queries if name in q] or queries, key=len, default={})

    def look(self, door, route, told):
        """Note the names that are looked up there; a look-up may depend on what is there."""
        usual, query, headers = self.usual(route), {}, {}
        while True:
            heard.clear()
            self.asker.get(door.path, query, headers)
            heard.update(("the interface", name) for name in told)
            for file, name in sorted(heard):
                door.names.setdefault(name, (self.usual(route, name), headers))
                door.readers.setdefault(name, set()).add(file)
            needed = usual | {name: self.given[name] for name in self.given if name in door.names}
            if query == needed and headers:
                break
            query, headers = needed, HTMX if query == needed else {}
        door.names = {name: (query | leads, how) for name, (leads, how) in door.names.items()}

"""Readers of the source behind `test_architecture`: each answers with the offences it finds."""

import ast
import re
from html.parser import HTMLParser

# The lower, the more may rely on it; equal numbers do not know each other.
RANK = {
    "accounts": 0,
    "grid": 1,
    "inventory": 2,
    "cases": 3,
    "dispatch": 4,
    "hotline": 4,
    "evaluation": 5,
    "demo": 6,
    "citymgmt": 6,
}
WRITES = {"create", "get_or_create", "update", "update_or_create"}
WRITES |= {f"a{name}" for name in WRITES}
BULK = {"bulk_update", "abulk_update"}
STATE_SQL = re.compile(r"\bupdate\s+\S*case\S*\s+set\b.*\bstate\b", re.IGNORECASE | re.DOTALL)
SRIDS = {4326, 3857, *range(4490, 4555)}  # WGS 84, web Mercator, CGCS2000 and its zones
SRID_TEXT = re.compile(r"\b(EPSG:|SRID=)\d{4}\b", re.IGNORECASE)
DJANGO_TAG = re.compile(r"{#.*?#}|{{.*?}}|{%.*?%}", re.DOTALL)
DATA_SCRIPTS = {"application/json", "application/ld+json"}
ELSEWHERE = re.compile(r"(https?:)?//")


def upward_relations(models):
    """Relations of `models` to an app above or beside their own, as "grid.Area.case → cases"."""
    for model in models:
        own = model._meta.app_label
        for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
            target = field.related_model
            if target is None or own not in RANK or target._meta.app_label not in RANK:
                continue
            other = target._meta.app_label
            if other != own and RANK[other] >= RANK[own]:
                yield f"{own}.{model.__name__}.{field.name} → {other}"


def state_writers(code):
    """Lines of Python that set a state: an attribute, a column, or a new row's value."""
    for node in ast.walk(ast.parse(code)):
        if _assigns_state(node) or _call_writes_state(node) or _sql_writes_state(node):
            yield node.lineno


def bare_hooks(code):
    """Lines of Python that put a step after the commit by Django's own means."""
    for node in ast.walk(ast.parse(code)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom) else []
        if "on_commit" in [*names, getattr(node, "attr", "")]:
            yield node.lineno


def _sql_writes_state(node):
    return isinstance(node, ast.Constant) and STATE_SQL.search(str(node.value))


def _assigns_state(node):
    if not isinstance(node, ast.Attribute):
        return False
    return node.attr == "state" and isinstance(node.ctx, ast.Store | ast.Del)


def _call_writes_state(call):
    if not isinstance(call, ast.Call):
        return False
    name = _name(call.func)
    if name == "setattr":
        return len(call.args) > 1 and _is_state(call.args[1])
    if name in BULK:
        named = [k.value for k in call.keywords if k.arg == "fields"]
        return any(_holds_state(fields) for fields in [*call.args[1:2], *named])
    if name in WRITES or name == "Case":
        return any(_keyword_writes_state(keyword) for keyword in call.keywords)
    return False


def _keyword_writes_state(keyword):
    if keyword.arg == "state":
        return True
    if keyword.arg in {None, "defaults", "create_defaults"}:
        return _holds_state(keyword.value)
    return False


def _holds_state(node):
    """A dict with the key, a list or tuple or set with the element, dict(state=…)."""
    if isinstance(node, ast.Dict):
        return any(_is_state(key) for key in node.keys)
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return any(_is_state(element) for element in node.elts)
    if isinstance(node, ast.Call) and _name(node.func) == "dict":
        return any(keyword.arg == "state" for keyword in node.keywords)
    return False


def _is_state(node):
    return isinstance(node, ast.Constant) and node.value == "state"


def _name(function):
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def srids(code):
    """Lines that name a coordinate reference system by its number; docstrings may."""
    tree = ast.parse(code)
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in prose:
            continue
        numbered = type(node.value) is int and node.value in SRIDS
        if numbered or SRID_TEXT.search(str(node.value)):
            yield node.lineno


def inline_code(template):
    """What a strict Content-Security-Policy refuses in a template, as (line, offence)."""
    reader = _Reader()
    reader.feed(DJANGO_TAG.sub(_blank, template))
    reader.close()
    return reader.offences


def _blank(match):
    # A space parts the attributes around a tag; the line breaks keep the line numbers.
    return " " + "\n" * match[0].count("\n")


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.offences = []

    def handle_starttag(self, tag, attrs):
        attributes = {name: value or "" for name, value in attrs}
        for name in attributes:
            if name == "style" or name.startswith(("on", "hx-on")):
                self._note(f"{name}=")
        if tag == "style":
            self._note("<style>")
        data = attributes.get("type") in DATA_SCRIPTS
        if tag == "script" and "src" not in attributes and not data:
            self._note("<script>")
        self._addresses(tag, attributes)

    def _addresses(self, tag, attributes):
        if attributes.get("href", "").strip().lower().startswith("javascript:"):
            self._note("javascript:")
        loaded = [attributes.get("src", "")]
        if tag == "link":
            loaded.append(attributes.get("href", ""))
        if any(ELSEWHERE.match(address) for address in loaded):
            self._note("loaded from elsewhere")

    def _note(self, offence):
        self.offences.append((self.getpos()[0], offence))

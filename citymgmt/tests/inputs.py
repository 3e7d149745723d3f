"""Inputs that lead nowhere: fields and ticks that no button sends and no script uses.

A page shows what its person may do. Whoever may only read is shown text, not fields.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser

FIELDS = {"input", "select", "textarea"}
EMPTY = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "wbr",
}
BUTTONS = {"submit", "image"}
UNSEEN = {"template", "noscript", "dialog"}
# Attribute of a field or of what holds it → the script that acts on it without a button.
HOOKS = {
    "data-photo-input": "js/lib/photos.js",
    "data-ticks": "js/ticks.js",
    "data-tick-all": "js/ticks.js",
    "data-compare": "js/lib/compare.js",
    "data-narrow": "js/lib/nearest.js",
}


@dataclass
class Form:
    """A form with the fields that belong to it; `sends`: a button of it can be pressed."""

    attributes: dict
    sends: bool = False
    fields: list[str] = field(default_factory=list)
    hidden: dict[str, str] = field(default_factory=dict)
    own: list[str] = field(default_factory=list)  # addresses of buttons that send it elsewhere

    @property
    def asks(self) -> bool:
        """A filter: it only asks for a page, and Enter in its field does."""
        return self._method == "get" and "hx-post" not in self.attributes

    @property
    def _method(self) -> str:
        return (self.attributes.get("method") or "get").lower()

    def addresses(self, page: str) -> list[str]:
        """Where it is sent to: as its buttons say, or else the form, or else the page itself."""
        given = self.attributes
        return self.own or [given.get("hx-post") or given.get("action") or page]


class Reader(HTMLParser):
    """Fields and buttons of a page by the form they belong to."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[tuple[str, dict]] = []
        self.forms: list[Form] = []
        self.open: Form | None = None
        self.named: dict[str, Form] = {}
        self.loose: list[str] = []
        self.awaited: list[tuple[str, str, str]] = []  # (id of the form, what, words)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "form":
            self.open = Form(attributes)
            self.forms.append(self.open)
            if attributes.get("id"):
                self.named[attributes["id"]] = self.open
        elif tag in FIELDS or tag == "button":
            self._control(tag, attributes)
        if tag not in EMPTY:
            self.stack.append((tag, attributes))

    def handle_endtag(self, tag):
        if tag == "form":
            self.open = None
        for place in range(len(self.stack) - 1, -1, -1):
            if self.stack[place][0] == tag:
                del self.stack[place:]
                return

    def _control(self, tag, attributes):
        around = [*self.stack, (tag, attributes)]
        if "disabled" in attributes or any(
            name in UNSEEN or "hidden" in given for name, given in around
        ):
            return
        kind = attributes.get("type", "submit" if tag == "button" else "text")
        if tag == "button" or kind in BUTTONS:
            if kind in BUTTONS:
                to = attributes.get("hx-post") or attributes.get("formaction") or ""
                self._put(attributes, "button", to)
        elif kind == "hidden":
            if self.open is not None and attributes.get("name"):
                self.open.hidden[attributes["name"]] = attributes.get("value") or ""
        elif not any(hook in given for _n, given in around for hook in HOOKS):
            self._put(attributes, "field", _words(tag, attributes))

    def _put(self, attributes, what, words):
        if attributes.get("form"):
            self.awaited.append((attributes["form"], what, words))
        elif self.open is not None:
            _enter(self.open, what, words)
        elif what == "field":
            self.loose.append(words)

    def close(self):
        super().close()
        for name, what, words in self.awaited:
            if name in self.named:
                _enter(self.named[name], what, words)
            elif what == "field":
                self.loose.append(words)


def _enter(form, what, words):
    if what == "button":
        form.sends = True
        form.own += [words] if words else []
    else:
        form.fields.append(words)


def _words(tag, attributes):
    named = attributes.get("name") or attributes.get("id") or ""
    return f"{tag}[{attributes.get('type', '')}] {named}".strip()


def _read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


def sent_by(html: str, address: str) -> list[tuple[str, dict[str, str]]]:
    """(address, hidden values) of the forms of a page that write something."""
    return [
        (to, form.hidden)
        for form in _read(html).forms
        if form.sends and not form.asks
        for to in form.addresses(address)
    ]


def dead_inputs(html: str) -> list[str]:
    """The fields of a page that belong to no form with a button, to no filter and to no script."""
    reader = _read(html)
    silent = [form for form in reader.forms if form.fields and not form.sends and not form.asks]
    return [*reader.loose, *(words for form in silent for words in form.fields)]

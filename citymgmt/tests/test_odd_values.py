"""Whatever stands in an address, a page answers: with what fits, a refusal, or nothing."""

import re
from html import unescape
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from citymgmt.tests.visits import POSTS, pages_of

# No characters, no numbers, numbers no row has, days that nobody can reckon with.
ODD = (
    "\x00",
    "\ud800",
    "²",
    "9" * 22,
    "1e999",
    "0001-01-01",
    "9999-12-31",
    "9999-12-31T23:59:59-11:00~1",
    "'\"<%_\\",
)
FIELD = re.compile(r'<(?:input|select|textarea)[^>]*?\sname="([^"]+)"', re.S)
FILTER = re.compile(r'<form(?![^>]*method="post")[^>]*>.*?</form>', re.S)
LINK = re.compile(r'(?:href|hx-get)="([^"#]+)"')
met: set[tuple[str, str]] = set()  # (path, name) that another post has tried


def asked(address: str, text: str):
    """(path, what else is asked, name) of everything a page or its links ask for by address."""
    here = urlsplit(address)
    names = {name for form in FILTER.findall(text) for name in FIELD.findall(form)}
    yield from ((here.path, dict(parse_qsl(here.query)), name) for name in sorted(names))
    for link in map(unescape, LINK.findall(text)):
        there = urlsplit(link)
        if there.path.startswith("/") and not there.netloc:
            query = dict(parse_qsl(there.query))
            yield from ((there.path, query, name) for name in query)


@pytest.mark.parametrize("post", POSTS)
def test_no_value_in_an_address_breaks_a_page(town, client, post):
    client.raise_request_exception = False
    if post:
        client.force_login(getattr(town, post))
    broken = []
    for address, text in list(pages_of(client, post)):
        for path, query, name in asked(address, text):
            kind = re.sub(r"\d+", "N", path)
            if (kind, name) in met:
                continue
            met.add((kind, name))
            for value in ODD:
                sent = urlencode({**query, name: value}, errors="surrogatepass")
                answer = client.get(f"{path}?{sent}")
                if answer.status_code >= 500:
                    broken.append(f"{path}?{name}={value[:30]!a}: {answer.status_code}")
    assert broken == []

"""Addresses of requests hold no character that no page could mean, and lead to no other site."""

from django.http import Http404
from django.utils.http import url_has_allowed_host_and_scheme

# What PostgreSQL stores in no text, and what nobody types on purpose.
CONTROLS = dict.fromkeys(c for c in range(0x20) if c not in (0x09, 0x0A, 0x0D)) | {0x7F: None}


def key_of(text: str) -> int | None:
    """The number of a row in an address; None for any other text, and for what no row can have."""
    fits = text.isascii() and text.isdecimal() and len(text) < 19
    return int(text) if fits else None


class CleanAddresses:
    """Control characters are taken out of the query; a path with one names nothing (404)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path_info != request.path_info.translate(CONTROLS):
            raise Http404
        asked = request.GET
        cleaned = {name: [v.translate(CONTROLS) for v in asked.getlist(name)] for name in asked}
        if any(asked.getlist(name) != values for name, values in cleaned.items()):
            request.GET = asked.copy()
            for name, values in cleaned.items():
                request.GET.setlist(name, values)
        return self.get_response(request)


def of_this_site(request, address: str) -> str:
    """The address where it is a page of this site, else ""."""
    known = url_has_allowed_host_and_scheme(address, {request.get_host()}, request.is_secure())
    return address if known else ""

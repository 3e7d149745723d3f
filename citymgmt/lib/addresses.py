"""Addresses and forms hold no character that no page could mean; addresses lead nowhere else."""

from django.http import Http404, UnreadablePostError
from django.utils.http import url_has_allowed_host_and_scheme

# What PostgreSQL stores in no text, and what nobody types on purpose.
CONTROLS = dict.fromkeys(c for c in range(0x20) if c not in (0x09, 0x0A, 0x0D)) | {0x7F: None}

# In a text word processors end lines with these two; `lib.printable` knows.
OF_TEXTS = {c: None for c in CONTROLS if c not in (0x0B, 0x0C)}
WHOLE = ("/", "http://", "https://")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def key_of(text: str) -> int | None:
    """The number of a row in an address; None for any other text, and for what no row can have."""
    fits = text.isascii() and text.isdecimal() and len(text) < 19
    return int(text) if fits else None


class CleanAddresses:
    """Control characters are taken out of the query and of forms, passwords excepted; a path with
    one names nothing (404). The interface refuses them by itself, in the words of its fields."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path_info != request.path_info.translate(CONTROLS):
            raise Http404
        request.GET = _clean(request.GET, CONTROLS)
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if request.path.startswith("/api/") or request.content_type not in FORMS:
            return
        try:
            request.POST = _clean(request.POST, OF_TEXTS)
        except UnreadablePostError:  # whoever sent it is gone; the view finds out, if it looks
            return


def _clean(sent, controls):
    """The same object where there is nothing to take out."""
    cleaned = {
        name: [text.translate(controls) for text in sent.getlist(name)]
        for name in sent
        if "password" not in name
    }
    if all(sent.getlist(name) == values for name, values in cleaned.items()):
        return sent
    found = sent.copy()
    for name, values in cleaned.items():
        found.setlist(name, values)
    return found


def of_this_site(request, address: str) -> str:
    """The address where it is a page of this site, else "". A bare word is no address: a redirect
    would look for a view of that name."""
    known = url_has_allowed_host_and_scheme(address, {request.get_host()}, request.is_secure())
    return address if known and address.startswith(WHOLE) else ""

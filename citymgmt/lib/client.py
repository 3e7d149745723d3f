"""Who is at the other end: the client's address, behind the proxies that this installation trusts.

One definition for sign-in locks, limits of the public pages, throttles of the interface and the
audit record. Without `settings.TRUSTED_PROXIES` nothing that a client sends is believed.
"""

import ipaddress

from django.conf import settings

CUSTOMER_BITS = 64
FORWARDED_PROTO = "HTTP_X_FORWARDED_PROTO"


def address(request) -> str | None:
    """The client's address in its one spelling; None where the server knows none (a Unix socket
    without a proxy).

    X-Forwarded-For is read from its end: each proxy adds the address that it heard from, so the
    last one that is no proxy of ours is the client, whatever the client itself wrote before it.
    """
    here = _parsed(request.META.get("REMOTE_ADDR", ""))
    if not _trusted(here):
        return _spelled(here)
    named = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    for text in reversed(named):
        hop = _parsed(text)
        if hop is None:  # a proxy that writes no addresses: the one before it is what is known
            break
        here = hop
        if not _trusted(hop):
            break
    return _spelled(here)


def identity(request) -> str:
    """The client as a key to count by: its address, of IPv6 the network of 64 bits, as each
    customer has one of those and 2⁶⁴ addresses in it."""
    known = address(request)
    if known is None:
        return "unknown"
    found = ipaddress.ip_address(known)
    if found.version == 4:
        return known
    return str(ipaddress.ip_network((found, CUSTOMER_BITS), strict=False))


class Scheme:
    """Middleware: what is said of HTTPS counts from our proxies only, and only in one voice."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        said = request.META.pop(FORWARDED_PROTO, "")
        words = {word.strip() for word in said.split(",")}
        if len(words) == 1 and _trusted(_parsed(request.META.get("REMOTE_ADDR", ""))):
            request.META[FORWARDED_PROTO] = words.pop()
        return self.get_response(request)


def _trusted(hop) -> bool:
    return hop is not None and any(hop in network for network in _networks())


def _networks():
    return [ipaddress.ip_network(text, strict=False) for text in settings.TRUSTED_PROXIES]


def _parsed(text):
    """An address as proxies write it, with or without its port; None for anything else."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        # What follows "%" names an interface of that machine: nobody else knows it.
        found = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _spelled(hop) -> str | None:
    return None if hop is None else str(hop)

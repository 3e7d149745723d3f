"""Whether a page is asked for, or something that a script reads."""

from django.http import HttpRequest


def is_page(request: HttpRequest) -> bool:
    """The browser's own navigation, not what a script of a page fetches.

    `Sec-Fetch-Mode` says so where there is a secure context; elsewhere only navigations ask for
    HTML. htmx says itself what it is.
    """
    if "HX-Request" in request.headers:
        return False
    if mode := request.headers.get("Sec-Fetch-Mode"):
        return mode == "navigate"
    accepted = request.headers.get("Accept", "")
    return not accepted or "text/html" in accepted

"""What nobody keeps: every page of somebody signed in, and every answer of the interface.

A desk is shared and a browser's store is read by whoever comes next. A program that keeps an answer
by itself may still ask with its ETag whether it holds. Static files are answered
before this; a view that lets the person's own browser keep something (photos, layers of the map,
the worker of the phone pages) says so itself.
"""

from django.contrib.auth import SESSION_KEY
from django.utils.cache import patch_cache_control


class NotKept:
    """Around all others: also what they refuse is kept by nobody."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if "Cache-Control" not in response.headers and _is_personal(request):
            patch_cache_control(response, no_store=True, private=True)
        return response


def _is_personal(request):
    session = getattr(request, "session", None)
    return request.path.startswith("/api/") or (session is not None and SESSION_KEY in session)

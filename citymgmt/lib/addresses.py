"""Addresses of requests hold no character that no page could mean."""

from django.http import Http404

# What PostgreSQL stores in no text, and what nobody types on purpose.
CONTROLS = dict.fromkeys(c for c in range(0x20) if c not in (0x09, 0x0A, 0x0D)) | {0x7F: None}


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

"""A strict Content-Security-Policy: nothing inline, nothing from elsewhere."""

from django.conf import settings

# Leaflet and ECharts set style attributes through the DOM, which needs no exception.
POLICY = {
    "default-src": "'self'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self' ws: wss:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


class ContentSecurityPolicy:
    def __init__(self, get_response):
        self.get_response = get_response
        policy = POLICY | getattr(settings, "CSP_EXTRA", {})
        self.value = "; ".join(f"{name} {sources}" for name, sources in policy.items())

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.value)
        return response

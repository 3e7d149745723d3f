"""A strict Content-Security-Policy: nothing inline, nothing from or to elsewhere."""

# 'self' covers the websocket of the same host and port. Leaflet and ECharts set style attributes
# through the DOM, which needs no exception.
POLICY = {
    "default-src": "'self'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "frame-src": "'none'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


class ContentSecurityPolicy:
    value = "; ".join(f"{name} {sources}" for name, sources in POLICY.items())

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.value)
        return response

"""Every answer of the product says that it is one.

A public wireless network, a proxy or a firewall answers in its place now and then, with a page of
its own and status 200. Scripts take an answer without this header for none at all
(static/js/lib/received.js).
"""

HEADER = "X-City"


class Own:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers[HEADER] = "1"
        return response

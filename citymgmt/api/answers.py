"""Every error under /api/ has one shape, whoever answers: Django's own pages speak JSON here."""

import json
from http import HTTPStatus

from django.http import JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

WORDS = {
    400: ("bad_request", gettext_lazy("The request could not be read.")),
    403: ("permission_denied", gettext_lazy("This is not yours to do.")),
    404: ("not_found", gettext_lazy("Not found.")),
    405: ("method_not_allowed", gettext_lazy("This address does not take this method.")),
    413: ("too_large", gettext_lazy("The request is too large.")),
}


class Problems:
    """Middleware: an answer to /api/ that is an error and not yet ours becomes one of ours."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.path.startswith("/api/") and response.status_code >= 400:
            return response if _is_ours(response) else _problem(response)
        return response


def _is_ours(response):
    if not response.get("Content-Type", "").startswith("application/json"):
        return False
    body = json.loads(response.content or "{}")
    return isinstance(body, dict) and {"detail", "code", "fields"} <= set(body)


def _problem(response):
    status = response.status_code
    code, detail = WORDS.get(status, ("", ""))
    if status >= 500:
        code = "server_error"
        detail = _("Something went wrong here. It has been noted.")
    body = {"detail": str(detail or HTTPStatus(status).phrase), "code": code or "error"}
    answer = JsonResponse(body | {"fields": {}}, status=status)
    for name in ("Allow", "Retry-After"):
        if name in response.headers:
            answer[name] = response[name]
    return answer

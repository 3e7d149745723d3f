"""Refusals that speak: one exception for a deed that cannot be done, one shape of answer."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback


class Refused(Exception):
    """A deed was refused. `detail` is for people, in their language; `code` is for programs.

    `fields` maps the name of an input to what is wrong with it.
    """

    status = status.HTTP_400_BAD_REQUEST

    def __init__(
        self, detail: object, code: str = "invalid", fields: dict[str, Any] | None = None
    ) -> None:
        super().__init__(detail)
        self.detail, self.code, self.fields = detail, code, fields or {}


class BadInput(Refused):
    """400: something given is missing or wrong."""


class NotYours(Refused):
    """403: known to you, but not yours to do."""

    status = status.HTTP_403_FORBIDDEN


class NotNow(Refused):
    """409: not possible in this state, or somebody else was first."""

    status = status.HTTP_409_CONFLICT


def as_json(refusal: Refused) -> dict[str, Any]:
    """A refusal in the shape of the HTTP interface, for views that answer scripts."""
    fields = {name: [str(said) for said in list(told)] for name, told in refusal.fields.items()}
    return {"detail": str(refusal.detail), "code": refusal.code, "fields": fields}


def answer(error, context):
    """The exception handler of the HTTP interface: always `{"detail", "code", "fields"}`."""
    if isinstance(error, Refused):
        set_rollback()
        return _say(error.status, error.detail, error.code, error.fields)
    if isinstance(error, ValidationError):
        error = exceptions.ValidationError(
            error.message_dict if hasattr(error, "error_dict") else error.messages
        )
    response = exception_handler(error, context)
    if response is None:
        return None
    fields = response.data if isinstance(error, exceptions.ValidationError) else {}
    if isinstance(fields, list):
        fields = {"non_field_errors": fields}
    detail = response.data.get("detail") if isinstance(response.data, dict) else None
    if detail is None:
        detail = exceptions.ValidationError.default_detail
    code = _code(error)
    answer = _say(response.status_code, detail, code, fields)
    for name, value in response.headers.items():
        if name.lower() not in {"content-type", "content-length"}:
            answer.headers[name] = value
    return answer


def _code(error):
    if isinstance(error, Http404):
        return "not_found"
    if isinstance(error, PermissionDenied):
        return "permission_denied"
    codes = error.get_codes() if hasattr(error, "get_codes") else "error"
    return codes if isinstance(codes, str) else "invalid"


def _say(code_number, detail, code, fields):
    return Response({"detail": str(detail), "code": code, "fields": fields}, status=code_number)

"""A table as the answer to a request: whole before its first byte leaves, named in any language."""

from urllib.parse import quote

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase

from citymgmt.lib import sheets


def table(form: str, written: sheets.Table, name: str) -> HttpResponseBase:
    """`form` is one of `sheets.TYPES`, `name` the file's name without its ending.

    The file is finished first, so that what fails is an error and not half a table.
    """
    file = sheets.write(form, written)
    size = file.seek(0, 2)
    file.seek(0)
    if size <= sheets.IN_MEMORY:
        with file:
            answer: HttpResponseBase = HttpResponse(file.read(), content_type=sheets.TYPES[form])
    else:
        answer = FileResponse(file, content_type=sheets.TYPES[form])
    answer.headers["Content-Length"] = str(size)
    answer.headers["Content-Disposition"] = disposition(f"{name}.{form}")
    return answer


def disposition(name: str) -> str:
    """`name` in full for today's browsers (RFC 6266, 5987), its plain letters for the rest."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "" for c in name)
    plain = plain.lstrip("-_.") or "file"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"

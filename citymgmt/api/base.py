"""What every address of the interface does alike: strict queries, pages by cursor, ETag and 304."""

import re
from datetime import UTC, datetime, timedelta

from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import conditional_page
from rest_framework import serializers
from rest_framework.views import APIView

from citymgmt.api.given import Strict, read
from citymgmt.lib.errors import BadInput

PAGE = 50
LONGEST = 200
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CURSOR = re.compile(r"\d{1,40}", re.ASCII)
MOMENT_CURSOR = re.compile(r"(\d{1,17})-(\d{1,18})", re.ASCII)


@method_decorator(conditional_page, name="dispatch")
class Api(APIView):
    """`query` is the shape of the query string of a GET; other methods take none.

    What was asked stands in `self.asked`. An unknown parameter, one given twice and a value that
    is not understood are a 400 that names it.
    """

    query: type[Strict] = Strict

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        reads = request.method in ("GET", "HEAD")
        given = request.query_params
        if twice := sorted(name for name in given if len(given.getlist(name)) > 1):
            detail = _("Given more than once.")
            raise BadInput(detail, fields={name: [detail] for name in twice})
        self.asked = read(self.query if reads else Strict, given)

    def finalize_response(self, request, response, *args, **kwargs):
        """An answer belongs to who asked; they may keep it and ask whether it still holds."""
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return super().finalize_response(request, response, *args, **kwargs)


class Moment(serializers.DateTimeField):
    """ISO 8601 with its zone; a "+" that a query string has turned into a blank is put back."""

    default_error_messages = {"zone": gettext_lazy("Give the time zone too.")}

    def to_internal_value(self, value):
        text = re.sub(r" (\d\d:?\d\d)$", r"+\1", value) if isinstance(value, str) else value
        return super().to_internal_value(text)

    def enforce_timezone(self, value):
        if value.tzinfo is None:
            self.fail("zone")
        return super().enforce_timezone(value)


class Paged(Strict):
    """The query of every list."""

    after = serializers.CharField(
        required=False, allow_blank=True, help_text="The `next` of the page before."
    )
    limit = serializers.IntegerField(
        default=None, allow_null=True, min_value=1, max_value=LONGEST, help_text="Rows of a page."
    )


def page_by_key(rows, asked, *, newest_first=False):
    """(rows of this page, `next` or None) in the order of the keys."""
    if after := asked.get("after"):
        if not CURSOR.fullmatch(after):
            raise unknown_page(after)
        rows = rows.filter(pk__lt=int(after)) if newest_first else rows.filter(pk__gt=int(after))
    rows, more = _cut(rows.order_by("-pk" if newest_first else "pk"), asked)
    return rows, str(rows[-1].pk) if more else None


def page_by_change(rows, asked):
    """(rows of this page, `next` or None), the longest unchanged first.

    A row that changes while one pages comes again at the end: nothing is missed.
    """
    rows = rows.filter(updated_at__gte=asked["updated_since"])
    if after := asked.get("after"):
        rows = _behind(rows, after)
    rows, more = _cut(rows.order_by("updated_at", "pk"), asked)
    return rows, _cursor(rows[-1]) if more else None


def _cut(rows, asked):
    size = asked.get("limit") or PAGE
    found = list(rows[: size + 1])
    return found[:size], len(found) > size


def _cursor(row):
    return f"{(row.updated_at - EPOCH) // timedelta(microseconds=1)}-{row.pk}"


def _behind(rows, after):
    """Rows after (moment, key); the first condition alone is what the index is searched by."""
    match = MOMENT_CURSOR.fullmatch(after)
    if not match:
        raise unknown_page(after)
    moment = EPOCH + timedelta(microseconds=int(match[1]))
    passed = rows.filter(updated_at__gte=moment)
    return passed.exclude(updated_at=moment, pk__lte=int(match[2]))


def unknown_page(after):
    detail = _("Unknown page.")
    return BadInput(detail, fields={"after": [detail]})

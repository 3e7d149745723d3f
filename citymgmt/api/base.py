"""What every address of the interface does alike: strict queries, pages by cursor, ETag and 304."""

import re
from datetime import UTC, datetime, timedelta

from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import conditional_page
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.views import APIView

from citymgmt.api.given import Strict, read
from citymgmt.lib.errors import BadInput

PAGE = 50
LONGEST = 200
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CURSOR = re.compile(r"[0-9]{1,40}")
MOMENT_CURSOR = re.compile(r"([0-9]{1,17})-([0-9]{1,18})")


@method_decorator(conditional_page, name="dispatch")
class Api(APIView):
    """`query` is the shape of the query string of a GET; other methods take none.

    What was asked stands in `self.asked`. An unknown parameter, one given twice and a value that
    is not understood are a 400 that names it; a method that there is not is a 405 before all that.
    """

    query: type[Strict] = Strict

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if request.method not in self.allowed_methods:
            self.http_method_not_allowed(request)
        reads = request.method in ("GET", "HEAD")
        given = request.query_params
        if twice := sorted(name for name in given if len(given.getlist(name)) > 1):
            detail = _("Given more than once.")
            raise BadInput(detail, fields={name: [detail] for name in twice})
        self.asked = _asked(self.query if reads else Strict, given.dict())


def _asked(shape, given):
    """An empty value is as good as none; an unknown name is refused even so."""
    known = shape().fields
    return read(shape, {name: value for name, value in given.items() if value or name not in known})


class HoldsAny(BasePermission):
    """Somebody without a post, or a program without a verb, has nothing to do here."""

    message = gettext_lazy("This is not yours to do.")

    def has_permission(self, request, view):
        return bool(request.user.verbs)


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

    after = serializers.RegexField(
        rf"^({CURSOR.pattern}|{MOMENT_CURSOR.pattern})$",
        required=False,
        allow_blank=True,
        error_messages={"invalid": gettext_lazy("Unknown page.")},
        help_text="The `next` of the page before.",
    )
    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=LONGEST, help_text="Rows of a page."
    )


def page_by_key(rows, asked, *, newest_first=False):
    """(rows of this page, `next` or None) in the order of the keys."""
    if after := asked.get("after"):
        if not CURSOR.fullmatch(after):
            raise unknown_page(after)
        rows = rows.filter(pk__lt=int(after)) if newest_first else rows.filter(pk__gt=int(after))
    rows, more = _cut(rows.order_by("-pk" if newest_first else "pk"), asked)
    return rows, str(rows[-1].pk) if more else None


def page_by_change(rows, asked, moment="updated_at"):
    """(rows of this page, `next` or None), the longest unchanged first, by the column `moment`.

    A row that changes while one pages comes again at the end: nothing is missed.
    """
    rows = rows.filter(**{f"{moment}__gte": asked["updated_since"]})
    if after := asked.get("after"):
        rows = _behind(rows, after, moment)
    rows, more = _cut(rows.order_by(moment, "pk"), asked)
    return rows, _cursor(rows[-1], moment) if more else None


def _cut(rows, asked):
    size = asked.get("limit") or PAGE
    found = list(rows[: size + 1])
    return found[:size], len(found) > size


def _cursor(row, name):
    return f"{(getattr(row, name) - EPOCH) // timedelta(microseconds=1)}-{row.pk}"


def _behind(rows, after, name):
    """Rows after (moment, key); the first condition alone is what the index is searched by."""
    match = MOMENT_CURSOR.fullmatch(after)
    if not match:
        raise unknown_page(after)
    moment = EPOCH + timedelta(microseconds=int(match[1]))
    passed = rows.filter(**{f"{name}__gte": moment})
    return passed.exclude(**{name: moment}, pk__lte=int(match[2]))


def unknown_page(after):
    detail = _("Unknown page.")
    return BadInput(detail, fields={"after": [detail]})

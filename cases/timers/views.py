"""The page of the timers: that they run, or why they stand, and the button that lets them go on."""

from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cases.timers import watch
from citymgmt.accounts.access import attempt, needs
from citymgmt.accounts.posts import MANAGE_STANDARDS
from citymgmt.accounts.rules import holds

CLOCKS = {
    "clock": gettext_lazy("Clock of this machine"),
    "database": gettext_lazy("Clock of the database"),
    "last": gettext_lazy("Newest row of the record"),
    "round": gettext_lazy("Last round of the timer"),
}


@never_cache
@needs(MANAGE_STANDARDS, "approve")
@require_safe
def timers(request):
    row = watch.stopped()
    told = row.told if row else {}
    clocks = [(words, parse_datetime(told[key])) for key, words in CLOCKS.items() if told.get(key)]
    context = {
        "row": row,
        "clocks": clocks,
        "minutes": round(settings.CLOCK_JUMP_MINUTES),
        "may_resume": holds(request.user, MANAGE_STANDARDS),
    }
    return render(request, "cases/timers/timers.html", context)


@needs(MANAGE_STANDARDS)
@require_POST
def resume(request):
    if attempt(request, watch.resume):
        messages.success(request, _("The timers go on."))
    return redirect("cases:timers")

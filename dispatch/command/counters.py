"""The counters as pages show them: their words, their colours, and the list behind each."""

from django.urls import reverse
from django.utils.translation import gettext as _

from dispatch.command.counted import COUNTED


def counters() -> list[dict]:
    """Name, hue, word and list of each counter, in the order of a case's way."""
    words = {
        "reported": _("Reported today"), "accepted": _("Accepted today"),
        "filed": _("Filed today"), "dispatched": _("Dispatched today"),
        "disposed": _("Disposed today"), "checked": _("Checked today"),
        "closed": _("Closed today"), "overdue": _("Overdue now"),
    }  # fmt: skip
    return [
        {"name": one.name, "hue": one.hue, "label": words[one.name],
         # What is overdue now has no past; its curve shows when cases became so.
         "spark": _("Became overdue") if one.name == "overdue" else words[one.name],
         "url": reverse("dispatch:wall_list", args=[one.name])}
        for one in COUNTED
    ]  # fmt: skip

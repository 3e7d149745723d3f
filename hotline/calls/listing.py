"""The columns of the list of calls."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from citymgmt.accounts.lists import Listing
from citymgmt.lib.sheets import CODE, LONG, MOMENT, Column


def calls(whole_numbers: bool) -> Listing:
    """`whole_numbers`: for a post that may see telephone numbers; all others see a few digits."""

    def phone(call):
        if call.caller is None:
            return _("withheld")
        return call.caller.full_number if whole_numbers else call.caller.masked

    return Listing("calls", _("Calls taken"), (
        Column(
            _("Time"), lambda call: call.at, MOMENT,
            link=lambda call: reverse("hotline:call", args=[call.pk]),
        ),
        Column(_("Phone"), phone, CODE),
        Column(pgettext_lazy("person", "Name"), lambda call: call.caller and call.caller.name),
        Column(
            _("Kind"), lambda call: call.get_kind_display(), part="hotline/calls/parts/kind.html"
        ),
        Column(_("Description"), lambda call: call.content, LONG),
        Column(_("Answer"), lambda call: call.answer, LONG, page=False),
        Column(
            _("Reply required"), lambda call: _("yes") if call.reply_required else "", page=False
        ),
        Column(
            _("Text messages agreed to"),
            lambda call: _("yes") if call.may_text else "",
            page=False,
        ),
        Column(
            _("Case"),
            lambda call: call.case and call.case.number,
            part="hotline/calls/parts/case.html",
        ),
        Column(
            _("State"), lambda call: call.case and call.case.get_state_display(), page=False
        ),
        Column(_("Class"), lambda call: call.case and call.case.matter_class, page=False),
        Column(_("Line"), lambda call: call.source, page=False),
        Column(_("Taken by"), lambda call: call.by),
    ))  # fmt: skip

"""What narrows a ledger, asked for in the address."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.finding import queries
from cases.ledgers.queries import Narrow
from citymgmt.accounts.forms import DateInput, Styled
from citymgmt.accounts.models import Department


class NarrowForm(Styled, forms.Form):
    since = forms.DateField(label=_("From"), required=False, widget=DateInput())
    until = forms.DateField(label=_("To"), required=False, widget=DateInput())
    street = forms.ChoiceField(label=_("Street"), required=False)
    department = forms.ModelChoiceField(
        Department.objects.none(), label=_("Department"), required=False, to_field_name="code"
    )
    status = forms.ChoiceField(label=_("Status"), required=False)

    def __init__(self, ledger, user, data):
        today = timezone.localdate()
        given = {"since": today.replace(day=1).isoformat(), "until": today.isoformat()}
        given |= {name: value for name, value in data.items() if value}
        super().__init__(given)
        streets = [(row.code, row.name) for row in queries.streets_of(user)]
        self.fields["street"].choices = [("", _("All streets")), *streets]
        self.fields["department"].queryset = queries.disposing_departments()
        self.fields["department"].empty_label = _("All departments")
        self.fields["status"].choices = [
            ("", _("Every status")),
            *(ledger.statuses if ledger else ()),
        ]
        if ledger is None or not ledger.status:
            del self.fields["status"]

    def clean(self):
        data = super().clean()
        first, last = data.get("since"), data.get("until")
        if first and last and last < first:
            self.add_error("until", _("The last day lies before the first one."))
        return data

    def narrow(self) -> Narrow:
        """Only of a valid form."""
        given = self.cleaned_data
        return Narrow(
            given["since"], given["until"], given["street"], given["department"],
            given.get("status", ""),
        )  # fmt: skip

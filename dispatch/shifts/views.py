"""The end of a shift: one page on which all tasks of a person go to another."""

from django import forms
from django.contrib import messages
from django.db.models import Prefetch
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from cases.machine.inputs import OPINION_MAX
from cases.states import Action
from citymgmt.accounts.access import needs
from citymgmt.accounts.forms import Styled
from citymgmt.accounts.models import Membership, User
from citymgmt.lib.errors import Refused
from dispatch.models import HandOver
from dispatch.shifts.actions import hand_over, tasks_of
from dispatch.shifts.held import givers

SHOWN = 20
OWN = {"collector", "handler", "liaison"}  # posts that are given tasks


class PersonField(forms.ModelChoiceField):
    """One of many people, found by typing; of the same name, post and department tell who."""

    def __init__(self, **kwargs):
        chooser = forms.Select(attrs={"data-choose": ""})
        super().__init__(User.objects.none(), widget=chooser, empty_label="", **kwargs)

    def offer(self, people):
        """Offers `people`, a query set, by name."""
        held = Membership.objects.current().select_related("post", "department")
        loaded = Prefetch("memberships", held, to_attr="held_now")
        self.queryset = people.prefetch_related(loaded).order_by("full_name", "username")

    def label_from_instance(self, person):
        places = {f"{row.post} · {row.department}" for row in person.held_now}
        return " · ".join([str(person), *sorted(places)])


class HandOverForm(Styled, forms.Form):
    """Whoever oversees hands over anybody's tasks; everybody else their own."""

    giver = PersonField(label=gettext_lazy("From"))
    receiver = PersonField(label=gettext_lazy("To"))
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=OPINION_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def __init__(self, user, data=None, giver=None):
        super().__init__(data, initial={"giver": giver or user})
        people = _people_with_tasks()
        anybody = people | givers()  # whoever has left may still have tasks
        known = anybody.distinct() if not OWN & set(user.post_codes) else people.filter(pk=user.pk)
        self.fields["giver"].offer(known)
        self.fields["receiver"].offer(people.exclude(pk=user.pk))


def _people_with_tasks():
    """Active people whose post is given tasks."""
    held = Membership.objects.current().filter(post__code__in=OWN).order_by()
    return User.objects.filter(is_active=True, pk__in=held.values("user")).order_by("username")


@never_cache
@needs(Action.HAND_OVER)
def page(request):
    form = HandOverForm(request.user, request.POST or None, request.GET.get("giver"))
    if request.method == "POST" and form.is_valid():
        try:
            made = hand_over(by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal.detail))
        else:
            said = {"n": made.tasks, "person": made.receiver}
            messages.success(request, _("%(n)s tasks handed over to %(person)s.") % said)
            return redirect("dispatch:hand_over")
    own = tasks_of(request.user).for_lists()
    past = HandOver.objects.select_related("giver", "receiver", "by").order_by("-id")
    if OWN & set(request.user.post_codes):
        past = past.filter(giver=request.user) | past.filter(receiver=request.user)
    context = {"form": form, "own": own, "past": past[:SHOWN]}
    return render(
        request, "dispatch/shifts/hand_over.html", context, status=422 if form.errors else 200
    )


urlpatterns = [path("hand-over/", page, name="hand_over")]

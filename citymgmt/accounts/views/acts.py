"""What waits for a second administrator: seen by all three, decided by whoever may."""

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from citymgmt.accounts import deciding, seconds
from citymgmt.accounts.access import attempt, needs, say_done
from citymgmt.accounts.models import Department, PendingAct, User
from citymgmt.accounts.posts import MANAGE_PEOPLE, MANAGE_RIGHTS, READ_AUDIT
from citymgmt.accounts.rules import holds
from citymgmt.accounts.words import pairs, word

PER_PAGE = 50
ADMINISTRATORS = (MANAGE_PEOPLE, MANAGE_RIGHTS, READ_AUDIT)


@needs(*ADMINISTRATORS)
@require_safe
def index(request):
    decided = PendingAct.objects.exclude(decision="").select_related(
        "person", "asked_by", "decided_by"
    )
    page = Paginator(decided.order_by("-decided_at"), PER_PAGE).get_page(request.GET.get("page"))
    waiting = [
        {"act": act, "words": described(act), "decides": decides,
         "own": act.asked_by_id == request.user.pk}
        for act, decides in seconds.concerning(request.user)
    ]  # fmt: skip
    context = {
        "waiting": waiting, "page": page, "past": [(act, described(act)) for act in page],
        "may_open_people": any(holds(request.user, verb) for verb in ADMINISTRATORS[:2]),
    }  # fmt: skip
    return render(request, "accounts/acts.html", context)


def described(act: PendingAct) -> list[tuple[str, str]]:
    """(name, value) of what the act says; of an edit, each field as it is to be."""
    if act.kind != PendingAct.Kind.EDIT:
        return pairs(act.given)
    return [(_label(name), _shown(name, value)) for name, value in act.given.items()]


def _label(name):
    return str(User._meta.get_field(name.removesuffix("_id")).verbose_name)


def _shown(name, value):
    if name == "department_id":
        return str(Department.objects.filter(pk=value).first() or "")
    return word(value)


@needs(*ADMINISTRATORS)
@require_POST
def confirm(request, pk):
    if attempt(request, deciding.confirm, act=get_object_or_404(PendingAct, pk=pk)):
        say_done(request, _("Confirmed and done."))
    return redirect("accounts:acts")


@needs(*ADMINISTRATORS)
@require_POST
def refuse(request, pk):
    if attempt(request, deciding.refuse, act=get_object_or_404(PendingAct, pk=pk)):
        say_done(request, _("Nothing was changed."))
    return redirect("accounts:acts")

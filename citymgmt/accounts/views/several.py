"""Many people at once: from a table, checked before anything is created; switched off together."""

from pathlib import Path
from tempfile import TemporaryDirectory

from django.core import signing
from django.core.exceptions import BadRequest
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from citymgmt.accounts import actions, importing
from citymgmt.accounts.access import needs
from citymgmt.accounts.forms import ImportForm
from citymgmt.accounts.held import held_by
from citymgmt.accounts.importing import Draft
from citymgmt.accounts.models import PendingAct, User
from citymgmt.accounts.posts import MANAGE_PEOPLE
from citymgmt.lib import downloads
from citymgmt.lib.addresses import key_of
from citymgmt.lib.errors import BadInput, Refused
from citymgmt.lib.sheets import TEXT, Table, by_place

SALT = "people of a table"
FORMS = (".csv", ".xlsx")


# --- from a table ---------------------------------------------------------------------------
@needs(MANAGE_PEOPLE)
@require_http_methods(["GET", "POST"])
def bring_in(request):
    """A file is checked and shown; what was shown is created when it is sent again."""
    if request.POST.get("plan"):
        return _create(request)
    form = ImportForm(request.POST or None, request.FILES or None)
    context = {"form": form}
    if request.method == "POST" and form.is_valid():
        try:
            drafts = _drafts(form.cleaned_data["file"])
        except BadInput as problem:
            form.add_error("file", str(problem.detail))
        else:
            rows = [tuple(vars(draft).values()) for draft in drafts]
            signed = signing.dumps(rows, salt=SALT, compress=True)
            context |= {"plan": importing.plan(drafts), "signed": signed}
    return render(request, "accounts/import.html", context, status=422 if form.errors else 200)


def _drafts(upload) -> list[Draft]:
    ending = Path(upload.name).suffix.lower()
    if ending not in FORMS:
        raise BadInput(_("Take a CSV or XLSX file."), "unknown_form")
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"people{ending}"
        with path.open("wb") as file:
            file.writelines(upload.chunks())
        return importing.read(path)


def _create(request):
    try:
        rows = signing.loads(request.POST["plan"], salt=SALT)
    except signing.BadSignature as error:
        raise BadRequest from error
    done = importing.create((Draft(*row) for row in rows), by=request.user, request=request)
    return render(request, "accounts/import.html", {"form": ImportForm(), "done": done})


@needs(MANAGE_PEOPLE)
@require_safe
def pattern(request):
    """An empty table with the headings that are understood."""
    labels = [names[0] for names in importing.HEADINGS.values()]
    table = Table(_("People"), by_place(labels, [TEXT] * len(labels)), ())
    return downloads.table("csv", table, _("People"))


# --- switching off --------------------------------------------------------------------------
@needs(MANAGE_PEOPLE)
@require_POST
def switch_off(request):
    """Each account by itself; what is refused does not hold up the others.

    Who would leave work without anybody is switched off alone, where that is shown.
    """
    keys = [key_of(key) for key in request.POST.getlist("person")]
    done, asked, refused = [], [], []
    for person in User.objects.filter(pk__in=keys, is_active=True).order_by("username"):
        if held := held_by(person, person.current_memberships):
            refused.append((person, _left_alone(held)))
            continue
        person.is_active = False
        try:
            saved = actions.save_person(person=person, by=request.user, request=request)
        except Refused as refusal:
            refused.append((person, refusal.detail))
        else:
            (asked if isinstance(saved, PendingAct) else done).append(person)
    context = {"done": done, "asked": asked, "refused": refused}
    return render(request, "accounts/switched_off.html", context)


def _left_alone(held) -> str:
    words = ", ".join(f"{row.label} {row.count}" for row in held)
    return _("would be left without anybody: %(words)s") % {"words": words}

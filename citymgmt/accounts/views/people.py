"""People: list, one person with posts and grants. The forms shown are those the viewer may send."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from guardian.models import UserObjectPermission

from citymgmt.accounts import actions, lists, queries
from citymgmt.accounts.access import attempt, needs, say_done
from citymgmt.accounts.forms import (
    BELONGS,
    AppointForm,
    GrantForm,
    NewPasswordForm,
    NewPersonForm,
    PersonFilter,
    PersonForm,
)
from citymgmt.accounts.held import held_by
from citymgmt.accounts.models import User
from citymgmt.accounts.posts import MANAGE_PEOPLE, MANAGE_RIGHTS
from citymgmt.accounts.rules import (
    holds,
    may_change_rights,
    may_fill,
    may_set_password,
    may_switch_off,
)
from citymgmt.accounts.verbs import GRANTS
from citymgmt.lib.sheets import CODE, LONG, MOMENT, Column

PER_PAGE = 50


def _posts(person) -> str:
    return ", ".join(f"{m.post} · {m.department}" for m in person.current_memberships)


PEOPLE = lists.Listing("people", gettext_lazy("People"), (
    Column(
        gettext_lazy("User name"), lambda person: person.username,
        link=lambda person: reverse("accounts:person", args=[person.pk]),
    ),
    Column(gettext_lazy("Full name"), lambda person: person.full_name),
    Column(BELONGS, lambda person: person.department),
    Column(gettext_lazy("Posts"), _posts, LONG, part="accounts/parts/posts.html"),
    Column(gettext_lazy("Phone"), lambda person: person.phone, CODE),
    Column(
        gettext_lazy("Account"),
        lambda person: _("Active") if person.is_active else _("Switched off"),
        part="accounts/parts/active.html",
    ),
    Column(
        gettext_lazy("On duty"), lambda person: _("yes") if person.on_duty else "", page=False
    ),
    Column(gettext_lazy("Last sign-in"), lambda person: person.last_login, MOMENT, page=False),
))  # fmt: skip


@needs(MANAGE_PEOPLE, MANAGE_RIGHTS)
def people(request):
    chosen = PersonFilter(request.GET)
    valid = chosen.is_valid()
    found = queries.people(**(chosen.cleaned_data if valid else {}))
    said = lists.said_by(chosen) if valid else lists.EVERYTHING
    if answer := lists.taken(request, PEOPLE, found, said):
        return answer
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    for person in page:
        person.choosable = may_switch_off(request.user, person)
    context = {
        "filter": chosen,
        "page": page,
        "may_create": holds(request.user, MANAGE_PEOPLE),
        **lists.page(PEOPLE, page),
    }
    return render(request, "accounts/people.html", context)


@needs(MANAGE_PEOPLE)
def new_person(request):
    form = NewPersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = form.save(commit=False)
        if attempt(request, actions.save_person, form=form, person=person):
            said = _("%(name)s was created. Next: give them a post and a password.")
            messages.success(request, said % {"name": person})
            return redirect("accounts:person", person.pk)
    return _form_page(request, form, _("New person"), "accounts:people")


@needs(MANAGE_PEOPLE)
def edit_person(request, pk):
    person = get_object_or_404(User, pk=pk)
    was_active, held = person.is_active, []
    form = PersonForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        if was_active and not form.cleaned_data["is_active"]:
            held = _unseen(request, person, person.current_memberships)
        if not held and attempt(
            request, actions.save_person, form=form, person=form.save(commit=False)
        ):
            say_done(request, _("Saved."))
            return redirect("accounts:person", pk)
    return _form_page(request, form, _("Edit person"), "accounts:person", pk, held=held)


def _unseen(request, person, memberships):
    """What would be left without anybody, until it was seen."""
    return [] if "seen" in request.POST else held_by(person, memberships)


@needs(MANAGE_PEOPLE, MANAGE_RIGHTS)
def person(request, pk):
    return _person_page(request, get_object_or_404(User, pk=pk))


@needs(MANAGE_PEOPLE, MANAGE_RIGHTS)
@require_POST
def appoint(request, pk):
    person = get_object_or_404(User, pk=pk)
    form = AppointForm(request.POST, by=request.user)
    if form.is_valid() and attempt(
        request, actions.appoint, form=form, user=person, **form.cleaned_data
    ):
        say_done(request, _("Appointed."))
        return redirect("accounts:person", pk)
    return _person_page(request, person, appoint_form=form)


@needs(MANAGE_PEOPLE, MANAGE_RIGHTS)
@require_POST
def dismiss(request, pk, membership):
    person = get_object_or_404(User, pk=pk)
    row = get_object_or_404(person.memberships.not_over(), pk=membership)
    if held := _unseen(request, person, [row]):
        return _person_page(request, person, held=held, leaving=row)
    if attempt(request, actions.dismiss, membership=row):
        say_done(request, _("Dismissed."))
    return redirect("accounts:person", pk)


@needs(MANAGE_RIGHTS)
@require_POST
def grant(request, pk):
    person = get_object_or_404(User, pk=pk)
    form = GrantForm(request.POST)
    if form.is_valid():
        verb, obj = form.cleaned_data["verb"], form.cleaned_data["obj"]
        if attempt(request, actions.grant, form=form, user=person, verb=verb, obj=obj):
            say_done(request, _("Granted."))
            return redirect("accounts:person", pk)
    return _person_page(request, person, grant_form=form)


@needs(MANAGE_RIGHTS)
@require_POST
def revoke(request, pk, row):
    person = get_object_or_404(User, pk=pk)
    given = get_object_or_404(UserObjectPermission, pk=row, user=person)
    verb, obj = given.permission.codename, given.content_object
    if attempt(request, actions.revoke, user=person, verb=verb, obj=obj):
        say_done(request, _("Revoked."))
    return redirect("accounts:person", pk)


@needs(MANAGE_PEOPLE, MANAGE_RIGHTS)
@require_POST
def set_password(request, pk):
    person = get_object_or_404(User, pk=pk)
    form = NewPasswordForm(person, request.POST)
    if form.is_valid() and attempt(
        request, actions.set_password, form=form, person=person,
        password=form.cleaned_data["new_password1"],
    ):  # fmt: skip
        say_done(request, _("The new password is set."))
        return redirect("accounts:person", pk)
    return _person_page(request, person, password_form=form)


def _person_page(request, person, **bound):
    """`bound` holds the form that was sent and has errors; then the answer is 422."""
    by, other = request.user, may_change_rights(request.user, person)
    rights = other and holds(by, MANAGE_RIGHTS)
    program = person.kind == User.Kind.SERVICE
    rows = person.memberships.not_over().select_related("post", "department").order_by("id")
    context = {
        "person": person,
        "memberships": [(m, other and may_fill(by, m.post.code)) for m in rows],
        "grants": [
            (row, obj, GRANTS.get(row.permission.codename, row.permission.codename))
            for row, obj in queries.grants_of(person)
        ],
        "may_edit": holds(by, MANAGE_PEOPLE),
        "edit_url": reverse(
            "accounts:service" if program else "accounts:edit_person", args=[person.pk]
        ),
        "may_grant": rights,
        "appoint_form": AppointForm(by=by, initial=_usual(person))
        if other and not program
        else None,
        "grant_form": GrantForm() if rights else None,
        "password_form": NewPasswordForm(person) if may_set_password(by, person) else None,
    } | bound
    return render(request, "accounts/person.html", context, status=422 if bound else 200)


def _usual(person) -> dict:
    """A post is mostly held where the person belongs."""
    return {"department": person.department_id} if person.department_id else {}


def _form_page(request, form, title, back, *args, held=()):
    context = {"form": form, "title": title, "back": back, "back_args": args, "held": held}
    status = 422 if form.errors or held else 200
    return render(request, "accounts/form.html", context, status=status)

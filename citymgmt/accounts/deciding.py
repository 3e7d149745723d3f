"""A second administrator confirms or refuses what another one has asked for; who asked withdraws.

A confirmed act is done by the same functions as any other, as the one who asked: what was allowed
then and is not any more is refused now.
"""

from datetime import date

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from citymgmt.accounts import actions
from citymgmt.accounts.audit import record
from citymgmt.accounts.models import Department, Membership, PendingAct, Post, User
from citymgmt.accounts.seconds import may_decide
from citymgmt.lib.errors import NotNow, NotYours

Kind, Decision = PendingAct.Kind, PendingAct.Decision


@transaction.atomic
def confirm(*, act: PendingAct, by: User, request=None) -> PendingAct:
    """Do it, as asked. `NotYours` for anybody but a second; `NotNow` if it is decided, or cannot
    be done any more."""
    act = _open(act, by)
    password = act.password
    _close(act, by, Decision.CONFIRMED, request)
    try:
        DEEDS[act.kind](act, password, {"by": act.asked_by, "second": by, "request": request})
    except NotYours as refusal:
        said = _("Whoever asked for it may not do this any more.")
        raise NotNow(said, code="not_theirs") from refusal
    return act


@transaction.atomic
def refuse(*, act: PendingAct, by: User, request=None) -> PendingAct:
    """Nothing changes; or the one who asked has thought better of it."""
    own = act.asked_by_id == by.pk
    act = _open(act, by, own=own)
    _close(act, by, Decision.WITHDRAWN if own else Decision.REFUSED, request)
    return act


def _open(act, by, own=False) -> PendingAct:
    """The act, locked as the deeds lock: the person first."""
    User.objects.select_for_update(no_key=True).get(pk=act.person_id)
    rows = PendingAct.objects.select_related("person", "asked_by")
    act = rows.select_for_update(of=("self",)).get(pk=act.pk)
    if act.decision:
        raise NotNow(_("This has been decided already."), code="decided")
    if not own and not may_decide(by, act):
        raise NotYours(_("This is not yours to decide."), code="not_yours")
    return act


def _close(act, by, decision, request):
    act.decision, act.decided_by, act.decided_at, act.password = decision, by, timezone.now(), ""
    act.save(update_fields=["decision", "decided_by", "decided_at", "password"])
    data = {"act": act.kind, "number": act.pk, "status": decision}
    record(verb="decide_second", subject=act.person.username, by=by, data=data, request=request)


# --- the deeds ------------------------------------------------------------------------------
def _edit(act, password, acting):
    for name, value in act.given.items():
        setattr(act.person, name, value)
    actions.save_person(person=act.person, **acting)


def _set_password(act, password, acting):
    actions.set_password(person=act.person, hashed=password, **acting)


def _appoint(act, password, acting):
    actions.appoint(
        user=act.person, post=Post.objects.get(code=act.given["post"]),
        department=Department.objects.get(code=act.given["department"]),
        since=date.fromisoformat(act.given["since"]), **acting,
    )  # fmt: skip


def _dismiss(act, password, acting):
    row = Membership.objects.filter(user=act.person, pk=act.given["id"]).first()
    if row is None:
        raise NotNow(_("This post is not held any more."), code="over")
    actions.dismiss(membership=row, **acting)


def _grant(act, password, acting):
    actions.grant(user=act.person, verb=act.given["verb"], obj=_object(act), **acting)


def _revoke(act, password, acting):
    actions.revoke(user=act.person, verb=act.given["verb"], obj=_object(act), **acting)


def _object(act):
    model = ContentType.objects.get_by_natural_key(*act.given["on"].split(".")).model_class()
    found = model._default_manager.filter(pk=act.given["id"]).first()
    if found is None:
        raise NotNow(_("%(name)s is gone.") % {"name": act.given["name"]}, code="over")
    return found


DEEDS = {
    Kind.EDIT: _edit, Kind.PASSWORD: _set_password, Kind.APPOINT: _appoint,
    Kind.DISMISS: _dismiss, Kind.GRANT: _grant, Kind.REVOKE: _revoke,
}  # fmt: skip

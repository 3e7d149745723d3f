"""Reads of the administration pages. Query counts do not depend on the number of rows."""

from datetime import datetime, time

from django.apps import apps
from django.db.models import Count, Model, OuterRef, Prefetch, Q, Subquery
from django.utils import timezone
from guardian.models import UserObjectPermission

from citymgmt.accounts.models import AuditEvent, Department, Membership, Post, User
from citymgmt.accounts.posts import SCREEN
from citymgmt.lib.search import matching


def people(*, q="", post=None, department=None, active=None):
    """People with `current_memberships` loaded. `department`: they belong to it, or hold a post
    in it; all below it are included."""
    found = (
        User.objects.select_related("department")
        .order_by("username")
        .prefetch_related(
            Prefetch(
                "memberships",
                queryset=Membership.objects.current().select_related("post", "department"),
                to_attr="current_memberships",
            )
        )
    )
    found = found.filter(matching(q, contains=("username", "full_name"), numbers=("phone",)))
    if active is not None:
        found = found.filter(is_active=active)
    if post or department:
        current = Membership.objects.current()
        belongs = Q()
        if post:
            current = current.filter(post=post)
        if department:
            current = current.filter(department__path__startswith=department.path)
        if department and not post:
            belongs = Q(department__path__startswith=department.path)
        found = found.filter(Q(pk__in=current.order_by().values("user")) | belongs)
    return found


def with_people_count(queryset):
    """Departments or posts with `people_count`, those in force today."""
    current = Membership.objects.current().order_by().values("pk")
    return queryset.annotate(
        people_count=Count("memberships__user", filter=Q(memberships__in=current), distinct=True)
    )


def departments():
    return with_people_count(Department.objects.select_related("parent").order_by("path"))


def posts():
    return with_people_count(Post.objects.order_by("order", "code"))


def audit_events(*, verb="", q="", since=None, until=None):
    """`since` and `until` are dates in local time, both included."""
    found = AuditEvent.objects.select_related("by").order_by("-id")
    if verb:
        found = found.filter(verb=verb)
    found = found.filter(matching(q, contains=("subject", "by__username")))
    if since:
        found = found.filter(at__gte=timezone.make_aware(datetime.combine(since, time.min)))
    if until:
        found = found.filter(at__lte=timezone.make_aware(datetime.combine(until, time.max)))
    return found


# --- grants ---------------------------------------------------------------------------------
def grantable() -> dict[str, type[Model]]:
    """Verb → model, for every model that declares permissions of its own and has codes."""
    return {
        verb: model
        for model in apps.get_models()
        if model._meta.app_label != "guardian" and _fields(model) >= {"code"}
        for verb, _name in model._meta.permissions
    }


def named(model):
    """Rows with no more than their code and name: areas carry large polygons."""
    return model._default_manager.only(*_fields(model) & {"code", "name", "name_zh", "name_en"})


def grants_of(user):
    """[(row of guardian, object)] in the order given; whatever was deleted since is left out."""
    rows = list(
        UserObjectPermission.objects.filter(user=user)
        .select_related("permission", "content_type")
        .order_by("id")
    )
    objects = {}
    for kind in {row.content_type for row in rows}:
        ids = [row.object_pk for row in rows if row.content_type_id == kind.pk]
        objects[kind.pk] = named(kind.model_class()).in_bulk([int(pk) for pk in ids])
    pairs = ((row, objects[row.content_type_id].get(int(row.object_pk))) for row in rows)
    return [(row, obj) for row, obj in pairs if obj is not None]


def _fields(model):
    return {field.name for field in model._meta.get_fields()}


# --- screens --------------------------------------------------------------------------------
def screens():
    """Accounts of walls with `current_memberships` loaded, `signed_in_at` and `granted`: the names
    of what they may show. Those withdrawn are among them."""
    signed_in = AuditEvent.objects.filter(verb="sign_in", by=OuterRef("pk")).order_by("-id")
    held = Membership.objects.current().filter(post__code=SCREEN).order_by()
    rows = people().filter(pk__in=held.values("user"))
    found = list(rows.annotate(signed_in_at=Subquery(signed_in.values("at")[:1])))
    granted = _names_granted(found)
    for screen in found:
        screen.granted = granted.get(screen.pk, [])
    return found


def _names_granted(users):
    """Names of the objects granted to each of the people, by their number."""
    rows = UserObjectPermission.objects.filter(user__in=users).select_related("content_type")
    names = {}
    for kind in {row.content_type for row in rows}:
        ids = {int(row.object_pk) for row in rows if row.content_type_id == kind.pk}
        objects = named(kind.model_class()).in_bulk(ids)
        for row in rows:
            if row.content_type_id == kind.pk and int(row.object_pk) in objects:
                names.setdefault(row.user_id, []).append(str(objects[int(row.object_pk)]))
    return names

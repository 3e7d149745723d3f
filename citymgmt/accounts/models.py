"""People, departments and posts. Who oversees which area or handles for which department is a
django-guardian grant on that `grid.Area` or `Department` (`rules.py`)."""

import hashlib
import json

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from citymgmt.accounts.act_models import FormerPassword as FormerPassword
from citymgmt.accounts.act_models import PendingAct as PendingAct
from citymgmt.accounts.guessing_models import SignInTry as SignInTry
from citymgmt.accounts.posts import SCREEN
from citymgmt.accounts.token_models import AccessToken as AccessToken
from citymgmt.accounts.token_models import Service as Service
from citymgmt.lib import heads, keyed
from citymgmt.lib.dated import Dated, DatedQuerySet
from citymgmt.lib.naming import Bilingual


class DepartmentQuerySet(DatedQuerySet):
    def within(self, roots):
        """The departments of `roots` and all below them."""
        paths = [root.path for root in roots]
        if not paths:
            return self.none()
        query = Q()
        for path in paths:
            query |= Q(path__startswith=path)
        return self.filter(query)


class Department(Bilingual, Dated):
    class Kind(models.TextChoices):
        CENTER = "center", _("Center")
        DISTRICT = "district", _("District government")
        DEPARTMENT = "department", _("Specialist department")
        STREET = "street", _("Street office")
        UTILITY = "utility", _("Utility")
        ENTERPRISE = "enterprise", _("Enterprise")
        CONTRACTOR = "contractor", _("Contractor")

    code = models.CharField(_("code"), max_length=32, unique=True)
    name_zh = models.CharField(_("Chinese name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=160, blank=True)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    group = models.CharField(_("ranking group"), max_length=32, blank=True)
    credit_code = models.CharField(
        _("credit code"), max_length=18, unique=True, null=True, blank=True
    )
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("parent"),
    )
    # Codes from the root down, "/center/water/": descendants are one prefix query.
    path = models.CharField(max_length=255, unique=True, editable=False)
    active = models.BooleanField(_("active"), default=True)

    objects = DepartmentQuerySet.as_manager()

    class Meta:
        ordering = ["path"]
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        permissions = [("handle_department", "Handles cases for this department")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(parent=models.F("id")), name="department_not_its_own_parent"
            )
        ]

    def save(self, *args, **kwargs):
        self.path = f"{self.parent.path if self.parent else '/'}{self.code}/"
        super().save(*args, **kwargs)

    @property
    def depth(self) -> int:
        """0 for a root."""
        return self.path.count("/") - 2

    @property
    def lineage(self) -> list[str]:
        """Codes from the root down to this department."""
        return self.path.strip("/").split("/")


class Post(Bilingual, models.Model):
    """A post and what it may do. Rows start from `posts.POSTS` and are edited with history."""

    code = models.CharField(_("code"), max_length=32, unique=True)
    name_zh = models.CharField(_("Chinese name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=60)
    verbs = models.JSONField(_("verbs"), default=list)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "code"]
        verbose_name = _("post")
        verbose_name_plural = _("posts")


class User(AbstractUser):
    class Kind(models.TextChoices):
        PERSON = "person", _("Person")
        SERVICE = "service", _("Service account")

    kind = models.CharField(
        _("kind"), max_length=8, choices=Kind, default=Kind.PERSON, editable=False
    )
    full_name = models.CharField(_("full name"), max_length=80, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    on_duty = models.BooleanField(_("on duty"), default=False)
    # Where the person belongs. What they may do comes from their posts, which name their own.
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="people",
        verbose_name=_("department"),
    )  # fmt: skip
    posts = models.ManyToManyField(Post, through="Membership", related_name="people")
    # Part of what every session of the person is checked by: another number ends them all.
    session_mark = models.PositiveIntegerField(default=0, editable=False)
    # Somebody else's choice until then; when the present one was chosen (`passwords.py`).
    must_change_password = models.BooleanField(default=False, editable=False)
    password_chosen_at = models.DateTimeField(null=True, editable=False)

    class Meta(AbstractUser.Meta):
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self):
        return self.full_name or self.username

    def get_full_name(self):
        return self.full_name

    def get_session_auth_hash(self):
        return self._session_hash(None)

    def get_session_auth_fallback_hash(self):
        for secret in settings.SECRET_KEY_FALLBACKS:
            yield self._session_hash(secret)

    def _session_hash(self, secret):
        value = f"{self.password}:{self.session_mark}"
        return salted_hmac("accounts.session", value, secret=secret, algorithm="sha256").hexdigest()

    # Django's cached_property, not Python's: prefetching looks for it (`queries.people`).
    @cached_property
    def current_memberships(self):
        """Memberships in force today, post and department loaded; one query per request."""
        return list(self.memberships.current().select_related("post", "department"))

    @cached_property
    def verbs(self) -> frozenset[str]:
        """Of the posts in force today; a program has its own."""
        if self.kind == self.Kind.SERVICE:
            return frozenset() if self.service.over else frozenset(self.service.verbs)
        return frozenset(verb for m in self.current_memberships for verb in m.post.verbs)

    @cached_property
    def post_codes(self) -> tuple[str, ...]:
        return tuple(m.post.code for m in self.current_memberships)

    @property
    def is_screen(self) -> bool:
        """An account for a wall and nothing else."""
        return self.post_codes == (SCREEN,)

    def membership_for(self, verb):
        """The membership through which this person may use `verb`, or None."""
        return next((m for m in self.current_memberships if verb in m.post.verbs), None)


class MembershipQuerySet(models.QuerySet):
    def current(self, on=None):
        day = on or timezone.localdate()
        return self.filter(Q(since__lte=day), Q(until__isnull=True) | Q(until__gte=day)).order_by(
            "id"
        )

    def not_over(self, on=None):
        """Current and future ones."""
        day = on or timezone.localdate()
        return self.filter(Q(until__isnull=True) | Q(until__gte=day))


class Membership(models.Model):
    """A person holds a post in a department from a day to a day."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    post = models.ForeignKey(Post, models.PROTECT, related_name="memberships")
    department = models.ForeignKey(Department, models.PROTECT, related_name="memberships")
    since = models.DateField(_("since"), default=timezone.localdate)
    until = models.DateField(_("until"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "post", "department", "since"], name="membership_once"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=models.F("since")),
                name="membership_ends_after_it_begins",
            ),
        ]

    def __str__(self):
        return f"{self.user} · {self.post} · {self.department}"


class RecordHead(heads.Head):
    """The signed ends of the audit record and of what is frozen."""

    name = models.CharField(max_length=20, unique=True)

    def __str__(self):
        return f"{self.name} {self.value}"

    @classmethod
    def locked(cls, name: str) -> "RecordHead":
        """The head, its row locked until the transaction ends: appends queue up."""
        rows = cls.objects.select_for_update().filter(name=name)
        if found := rows.first():
            return found
        cls.objects.get_or_create(name=name)
        return rows.get()


class AuditEvent(models.Model):
    """One row for every sign-in, change of rights or settings, export. Hash-chained for good."""

    at = models.DateTimeField(default=timezone.now, db_index=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    verb = models.CharField(max_length=40, db_index=True)
    subject = models.CharField(max_length=160, blank=True)
    data = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True)
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)
    # Gapless, and signed together with the row before it (`heads`).
    number = models.BigIntegerField(unique=True, null=True)
    mac = models.CharField(max_length=keyed.LENGTH, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        constraints = [
            # Two rows after the same row would be two histories.
            models.UniqueConstraint(fields=["prev_hash"], name="audit_chain_unforked")
        ]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb} {self.subject}"

    def digest(self) -> str:
        """SHA-256 over the previous row's hash and this row's content."""
        content = [
            self.prev_hash,
            self.at.isoformat(),
            self.by_id,
            self.verb,
            self.subject,
            self.data,
            self.address,
        ]
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

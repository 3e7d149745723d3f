"""Which department a matter goes to."""

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from citymgmt.accounts.models import Department
from inventory.models import Kind, MatterClass

USER = settings.AUTH_USER_MODEL


class RoutingRule(models.Model):
    """Which department a matter goes to. Empty keys match everything (workflow §11)."""

    class Resolver(models.TextChoices):
        FIXED = "fixed", _("This department")
        OWNER = "owner", _("Owner of the component")
        MAINTAINER = "maintainer", _("Maintainer of the component")
        STREET = "street", _("Street office of the place")
        LOCALITY = "locality", _("Government of the place")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind, blank=True)
    major = models.CharField(_("major class"), max_length=4, blank=True)
    matter_class = models.ForeignKey(
        MatterClass, models.CASCADE, null=True, blank=True, verbose_name=_("class")
    )
    responsible_role = models.CharField(_("responsible role"), max_length=40, blank=True)
    resolver = models.CharField(_("goes to"), max_length=12, choices=Resolver)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, verbose_name=_("department")
    )
    priority = models.PositiveSmallIntegerField(
        _("priority"), default=100, help_text=_("The lower number is asked first.")
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["priority", "id"]
        verbose_name = _("routing rule")
        verbose_name_plural = _("routing rules")
        constraints = [
            models.CheckConstraint(
                condition=Q(resolver="fixed") | Q(department__isnull=True),
                name="routing_rule_department_only_if_fixed",
            ),
            models.UniqueConstraint(
                fields=["kind", "major", "responsible_role", "priority"],
                condition=Q(matter_class__isnull=True),
                name="routing_rule_once",
            ),
            models.UniqueConstraint(
                fields=["matter_class", "responsible_role", "priority"],
                condition=Q(matter_class__isnull=False),
                name="routing_rule_once_per_class",
            ),
        ]

    def __str__(self):
        keys = [self.kind, self.major, self.responsible_role]
        return f"{' · '.join(key for key in keys if key) or '*'} → {self.get_resolver_display()}"

    @property
    def words(self) -> str:
        """The matter that the rule is for, as people name it."""
        if self.matter_class_id:
            return str(self.matter_class)
        if self.kind:
            return " ".join(filter(None, [str(self.get_kind_display()), self.major]))
        return str(_("all matters"))

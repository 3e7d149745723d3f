"""Schemes by version, with the settings of their figures."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evaluation.counting.settings import Settings
from evaluation.scoring import scheme_json
from evaluation.sealing.frozen import Frozen

USER = settings.AUTH_USER_MODEL


class SchemeRow(Frozen):
    """One version of a scheme with the settings of its figures; an edit is a new version."""

    code = models.CharField(_("code"), max_length=20)
    version = models.PositiveSmallIntegerField(_("version"))
    effective_from = models.DateField(_("effective from"))
    scheme = models.JSONField(_("scheme"))  # see scoring.scheme_json
    settings = models.JSONField(_("settings"), default=dict, blank=True)  # see counting.settings
    created_at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["code", "-version"]
        verbose_name = _("scheme")
        verbose_name_plural = _("schemes")
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="scheme_version_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="scheme_version_from_one"),
        ]

    def __str__(self):
        return f"{self.code} · {self.version}"

    @property
    def parsed(self):
        return scheme_json.from_json(self.scheme)

    @property
    def choices(self) -> Settings:
        return Settings.from_json(self.settings)

"""The history of the grid: one row for every change, written once."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from citymgmt.lib.errors import NotNow
from grid.models.areas import Area


def _refuse(*args, **kwargs):
    raise NotNow(_("The history of the grid is not changed."), "append_only")


class AppendOnlyQuerySet(models.QuerySet):
    update = bulk_update = delete = _refuse


class AppendOnly(models.Model):
    """Rows are inserted, never changed."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        if not self._state.adding:
            _refuse()
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        _refuse()


class GridChangeQuerySet(AppendOnlyQuerySet):
    def due(self, day):
        """Changes in effect on this day whose dependants have not moved yet, oldest first."""
        rows = self.filter(effective_on__lte=day, settlement__isnull=True)
        return rows.order_by("effective_on", "id")


class GridChange(AppendOnly):
    """What an officer did to the cells of a community, and from which day it holds.

    `before` and `after` are the codes of the cells that ended and began (`UnitGrid.ended_by` and
    `begun_by` say the same); `figures` is what the officer saw before agreeing.
    """

    class Kind(models.TextChoices):
        SPLIT = "split", pgettext_lazy("grid", "Split")
        MERGE = "merge", pgettext_lazy("grid", "Merge cells")
        REDRAW = "redraw", pgettext_lazy("grid", "Redraw border")
        RENUMBER = "renumber", pgettext_lazy("grid", "Renumber")
        RETIRE = "retire", pgettext_lazy("grid", "Retire")
        REIMPORT = "reimport", pgettext_lazy("grid", "Re-import")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    community = models.ForeignKey(Area, models.PROTECT, related_name="grid_changes")
    effective_on = models.DateField(_("in effect from"), db_index=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    applied_at = models.DateTimeField(_("applied"), default=timezone.now)
    note = models.CharField(_("note"), max_length=1000, blank=True)
    before = models.JSONField(_("cells that ended"), default=list)
    after = models.JSONField(_("cells that began"), default=list)
    figures = models.JSONField(_("figures"), default=dict)

    objects = GridChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("change of the grid")
        verbose_name_plural = _("changes of the grid")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=["split", "merge", "redraw", "renumber", "retire", "reimport"]
                ),
                name="grid_change_kind_known",
            ),
            models.CheckConstraint(
                condition=~Q(before=[], after=[]), name="grid_change_changes_something"
            ),
            models.CheckConstraint(
                condition=~Q(kind="retire") | Q(after=[]), name="grid_change_retire_begins_nothing"
            ),
        ]
        indexes = [
            models.Index(fields=["community", "effective_on"], name="grid_change_by_community")
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.community_id} {self.effective_on}"


class GridSettlement(AppendOnly):
    """The day of a change has come and what depends on its cells has moved: how many of each."""

    change = models.OneToOneField(GridChange, models.PROTECT, related_name="settlement")
    at = models.DateTimeField(_("time"), default=timezone.now)
    moved = models.JSONField(_("moved"), default=dict)

    class Meta:
        verbose_name = _("settlement of a change of the grid")
        verbose_name_plural = _("settlements of changes of the grid")

    def __str__(self):
        return f"{self.change_id} {self.at:%Y-%m-%d}"

"""The administrative tree: city, district, street, community."""

from django.contrib.gis.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from guardian.shortcuts import get_objects_for_user

from citymgmt.lib.dated import Dated, DatedQuerySet
from grid.geometry import STORED


class AreaQuerySet(DatedQuerySet):
    def overseen_by(self, user):
        """Areas granted to the person (`oversee_area`); areas below them are implied."""
        return get_objects_for_user(user, "grid.oversee_area", Area, with_superuser=False)

    def overseen_places(self, user):
        """The same, and the districts of a granted city: a place names its district at most."""
        granted = self.overseen_by(user).values("id")
        return self.filter(Q(id__in=granted) | Q(parent__in=granted, level=Area.Level.DISTRICT))

    def overseen_ids(self, user) -> frozenset[int]:
        """Keys of `overseen_places`, read once for a person as loaded: lists ask often."""
        if not hasattr(user, "_overseen"):
            user._overseen = frozenset(self.overseen_places(user).values_list("id", flat=True))
        return user._overseen


class Area(Dated):
    """A node of the administrative tree: the code of a child starts with its parent's."""

    class Level(models.TextChoices):
        CITY = "city", _("City")
        DISTRICT = "district", _("District")
        STREET = "street", _("Street")
        COMMUNITY = "community", _("Community")

    code = models.CharField(_("code"), max_length=12, unique=True)
    name = models.CharField(_("name"), max_length=80)
    level = models.CharField(_("level"), max_length=12, choices=Level)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    geometry = models.MultiPolygonField(srid=STORED, null=True)
    area_class = models.CharField(
        _("area class"), max_length=1, default="A", choices=[(c, c) for c in "ABC"]
    )

    objects = AreaQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = _("area")
        verbose_name_plural = _("areas")
        permissions = [("oversee_area", "Oversees cases in this area")]
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^(\d{4}|\d{6}|\d{9}|\d{12})$"), name="area_code_digits"
            )
        ]

    def __str__(self):
        return self.name

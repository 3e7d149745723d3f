"""Classes of components and events, by edition."""

from django.contrib.gis.db import models
from django.db.models import F, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from citymgmt.lib.dated import Dated, DatedQuerySet
from citymgmt.lib.naming import Bilingual, in_language


class Kind(models.TextChoices):
    COMPONENT = "component", _("Component")
    EVENT = "event", _("Event")


class ClassEditionQuerySet(DatedQuerySet):
    def in_force(self, on=None):
        """Editions that reports name on a day (today unless told): the national one that began
        last, and every local one that has begun. An edition without a first day began long ago."""
        day = on or timezone.localdate()
        begun = Q(active=True) & (Q(valid_from=None) | Q(valid_from__lte=day))
        national = self.model.objects.filter(begun, local=False)
        last = national.order_by(F("valid_from").desc(nulls_last=True), "-id").values("pk")[:1]
        return self.filter(begun).filter(Q(local=True) | Q(pk=Subquery(last)))


class ClassEdition(Dated):
    """A numbering of classes: a national standard, or a city's local classes beside it.

    active: it may be used, from `valid_from` on; which one is in force is a question of the day.
    origin: the file it was loaded from last; empty for what the program brings.
    """

    code = models.CharField(_("edition"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    origin = models.CharField(_("file"), max_length=120, blank=True, editable=False)
    local = models.BooleanField(_("local classes"), default=False)
    active = models.BooleanField(_("active"), default=False)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)

    objects = ClassEditionQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = _("class edition")
        verbose_name_plural = _("class editions")
        constraints = [
            models.UniqueConstraint(
                fields=["valid_from"],
                condition=Q(active=True, local=False),
                name="class_edition_one_national_a_day",
            ),
            models.UniqueConstraint(
                fields=["active"],
                condition=Q(active=True, local=False, valid_from=None),
                name="class_edition_one_national_since_ever",
            ),
        ]

    def __str__(self):
        return self.code


class MatterClassQuerySet(DatedQuerySet):
    def in_use(self, on=None):
        """Classes new reports may name: those of the editions in force on a day (today)."""
        return self.filter(edition__in=ClassEdition.objects.in_force(on))


class MatterClass(Bilingual, Dated):
    """A minor class of one edition. The key is edition + kind + code, never the code alone."""

    edition = models.ForeignKey(ClassEdition, models.PROTECT, related_name="classes")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    code = models.CharField(_("code"), max_length=8)
    major = models.CharField(_("major class"), max_length=4)
    minor = models.CharField(_("minor class"), max_length=4)
    major_zh = models.CharField(max_length=60)
    major_en = models.CharField(max_length=100)
    name_zh = models.CharField(_("Chinese name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=160)
    shape = models.CharField(_("geometry"), max_length=8, blank=True)
    confidence = models.CharField(_("confidence"), max_length=16, blank=True)
    derived_from = models.CharField(_("derived from component"), max_length=8, blank=True)

    objects = MatterClassQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "code"]
        verbose_name = _("class")
        verbose_name_plural = _("classes")
        constraints = [
            models.UniqueConstraint(fields=["edition", "kind", "code"], name="class_key"),
        ]

    @property
    def major_name(self):
        return in_language(self.major_zh, self.major_en)

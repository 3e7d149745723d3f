"""Bulletins: the published words about an evaluation."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from evaluation.models.results import Evaluation
from evaluation.sealing.frozen import frozen_error

USER = settings.AUTH_USER_MODEL


def _different(one: str, other: str) -> Q:
    return Q(**{f"{one}__isnull": True}) | Q(**{f"{other}__isnull": True}) | ~Q(**{one: F(other)})


class Bulletin(models.Model):
    """The published words about an evaluation. Once published it stays; a correction is the next
    version. `texts` are paragraphs by name (`bulletins.actions.BLOCKS`); figures in them are fields
    (`bulletins.fields`). `by` wrote the words last; whoever checks and approves are two others."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        CHECKED = "checked", _("Checked")
        APPROVED = "approved", _("Approved")
        PUBLISHED = "published", _("Published")

    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="bulletins")
    title = models.CharField(_("title"), max_length=160)
    texts = models.JSONField(default=dict)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.DRAFT)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="correction"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    checked_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    approved_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    published_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(_("published"), null=True)
    # False only for bulletins that were published before three people were asked for.
    three_people = models.BooleanField(default=True, editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("bulletin")
        verbose_name_plural = _("bulletins")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["draft", "checked", "approved", "published"]),
                name="bulletin_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status="published", published_at__isnull=False,
                            published_by__isnull=False, approved_by__isnull=False)
                | ~Q(status="published") & Q(published_at__isnull=True),
                name="bulletin_published_names_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True, version=1)
                | Q(corrects__isnull=False, version__gt=1),
                name="bulletin_later_version_corrects",
            ),
            models.CheckConstraint(
                condition=Q(status="published", three_people=False)
                | Q(three_people=True)
                & _different("by", "checked_by")
                & _different("by", "approved_by")
                & _different("checked_by", "approved_by"),
                name="bulletin_by_three_people",
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        if self.pk and Bulletin.objects.filter(pk=self.pk, status="published").exists():
            raise frozen_error()
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return f"/scores/bulletins/{self.pk}/"

    def delete(self, *args, **kwargs):
        if self.status == self.Status.PUBLISHED:
            raise frozen_error()
        return super().delete(*args, **kwargs)

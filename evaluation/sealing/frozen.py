"""Rows that are written once: what is shown of a past period never changes."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from citymgmt.lib.errors import NotNow


def frozen_error():
    return NotNow(_("Published figures are not changed."), "frozen")


class FrozenQuerySet(models.QuerySet):
    """Rows that are written once: they cannot be updated or deleted."""

    def update(self, **values):
        raise frozen_error()

    def bulk_update(self, objs, fields, batch_size=None):
        raise frozen_error()

    def delete(self):
        raise frozen_error()


class Frozen(models.Model):
    objects = FrozenQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise frozen_error()
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise frozen_error()

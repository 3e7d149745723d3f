"""Rows that know when they last changed, by whatever way of the ORM they were changed."""

from django.db import models
from django.utils import timezone


class DatedQuerySet(models.QuerySet):
    """`update`, `bulk_update` and `bulk_create` tell the moment too; `auto_now` knows of none."""

    def update(self, **values):
        return super().update(**{"updated_at": timezone.now(), **values})

    def bulk_create(self, objs, *args, update_fields=None, **options):
        if update_fields:
            update_fields = list(dict.fromkeys([*update_fields, "updated_at"]))
        return super().bulk_create(objs, *args, update_fields=update_fields, **options)

    def touch(self) -> int:
        """Something that is shown with these rows changed; how many there are."""
        return self.update()


class Dated(models.Model):
    """updated_at: when the row was last written (UTC). Own querysets extend `DatedQuerySet`.

    Statements in SQL and the clearing of a foreign key on delete do not pass here.
    """

    updated_at = models.DateTimeField(auto_now=True, editable=False)

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, **options):
        if names := options.get("update_fields"):
            options["update_fields"] = {*names, "updated_at"}
        super().save(*args, **options)

"""Somebody who can be called back."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from citymgmt.lib import phones


class Citizen(models.Model):
    """Somebody who can be called back; known by the number, as `phones.parse` spells it."""

    class Sex(models.TextChoices):
        FEMALE = "f", _("Female")
        MALE = "m", _("Male")

    phone = models.CharField(_("phone"), max_length=21)
    # Asked for after the line has answered; never part of what is dialled.
    extension = models.CharField(_("extension"), max_length=6, blank=True)
    name = models.CharField(_("name"), max_length=60, blank=True)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex, blank=True)

    class Meta:
        verbose_name = _("citizen")
        verbose_name_plural = _("citizens")
        constraints = [
            models.CheckConstraint(
                condition=Q(phone__regex=phones.PATTERN), name="citizen_phone_digits"
            ),
            models.CheckConstraint(
                condition=Q(extension__regex=phones.EXTENSION_PATTERN),
                name="citizen_extension_digits",
            ),
            models.UniqueConstraint(fields=["phone", "extension"], name="citizen_number_once"),
        ]

    def __str__(self):
        return self.masked

    @property
    def masked(self):
        return phones.mask(self.phone)

    @property
    def full_number(self):
        """As it is written for people, the extension behind it."""
        return str(phones.Phone(self.phone, self.extension))

"""Sign-ins that were tried, for as long as they count."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SignInTry(models.Model):
    """A password that was looked at. `name`: as typed, folded; `network`: of `client.identity`."""

    name = models.CharField(max_length=150)
    network = models.CharField(max_length=50)
    at = models.DateTimeField(default=timezone.now, db_index=True)
    right = models.BooleanField()

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")
        indexes = [
            models.Index(fields=["name", "network", "right", "at"], name="try_of_both"),
            models.Index(fields=["name", "right", "at"], name="try_of_name"),
            models.Index(fields=["network", "right", "at"], name="try_of_network"),
        ]

    def __str__(self):
        return f"{self.name} {self.at:%Y-%m-%d %H:%M}"

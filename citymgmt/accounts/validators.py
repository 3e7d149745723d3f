"""Password rules beyond Django's own (level-2 security baseline: requirements S1, S2)."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

KINDS = (str.islower, str.isupper, str.isdigit, lambda char: not char.isalnum())


class ThreeOfFourKinds:
    """At least three of: small letters, capital letters, digits, other characters."""

    def validate(self, password, user=None):
        if sum(any(map(kind, password)) for kind in KINDS) < 3:
            raise ValidationError(self.get_help_text(), code="password_too_plain")

    def get_help_text(self):
        return _(
            "Use at least three of these: small letters, capital letters, digits, other characters."
        )


class NotUsedBefore:
    """None of the last `settings.PASSWORD_HISTORY` of the account, the present one among them."""

    def validate(self, password, user=None):
        # Django loads this module while the models are being made.
        from citymgmt.accounts.passwords import used_before

        if user is not None and used_before(user, password):
            raise ValidationError(self.get_help_text(), code="password_used_before")

    def get_help_text(self):
        words = _("None of the last %(n)s passwords of the account.")
        return words % {"n": settings.PASSWORD_HISTORY} if settings.PASSWORD_HISTORY else ""

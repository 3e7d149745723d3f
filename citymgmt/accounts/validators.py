"""Password rules beyond Django's own (level-2 security baseline: 3 of 4 kinds of characters)."""

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

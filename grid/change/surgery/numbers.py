"""Fresh codes: a code is never used twice, the next sequence is the highest ever used and one."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from citymgmt.lib.errors import BadInput
from grid.build.builder.numbering import MOST


@dataclass(frozen=True)
class Numbers:
    """The numbering of a community: its 12 digits, and the highest sequence ever given away."""

    community: str
    highest: int

    def fresh(self, count: int) -> list[str]:
        """The next codes in order; BadInput where three digits no longer suffice."""
        last = self.highest + count
        if last > MOST:
            reason = _(
                "Community %(community)s has no codes left: %(count)d are needed after "
                "%(highest)03d, and 999 is the last. Codes are never used again."
            )
            raise BadInput(
                reason % {"community": self.community, "count": count, "highest": self.highest},
                "no_codes_left",
            )
        return [f"{self.community}{n:03d}" for n in range(self.highest + 1, last + 1)]

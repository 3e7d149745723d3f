"""What a row of the record, or an act that waits, says, in the reader's language."""

from django.utils import timezone

from citymgmt.accounts.posts import POSTS
from citymgmt.accounts.verbs import AUDIT, DETAILS, GRANTS, VALUES, VERBS
from citymgmt.lib.dates import instant_of
from citymgmt.lib.naming import in_language


def pairs(data: dict) -> list[tuple[str, str]]:
    """(name, value) in words; empty values say nothing."""
    return [
        (str(DETAILS.get(name, name)), word(value))
        for name, value in data.items()
        if value not in ("", None, [])
    ]


def word(value) -> str:
    """A verb, post or decision by its name, an instant in local time; else as it was written."""
    if isinstance(value, list):
        return ", ".join(map(word, value))
    code = str(value)
    if code in POSTS:
        english, chinese, _verbs = POSTS[code]
        return in_language(chinese, english)
    if found := VERBS.get(code) or VALUES.get(code) or ACTS.get(code) or GRANTS.get(code):
        return str(found)
    moment = instant_of(code)
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}" if moment else code


# The acts that wait for a second, by the names of the deeds that they become.
ACTS = {code: AUDIT[code] for code in ("edit_person", "set_password", "appoint", "dismiss")}

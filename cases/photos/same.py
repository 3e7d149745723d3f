"""The same photo on another case: one of the two proves something else than it says."""

from collections import defaultdict

from django.db.models import Exists, OuterRef

from cases.models import Attachment, Case

SHOWN = 1


def elsewhere(user, case, photos) -> dict[str, list[str]]:
    """SHA-256 of a photo -> numbers of other cases that hold the same file, the oldest first, of
    those that the person may see; one query."""
    hashes = {photo.sha256 for photo in photos}
    rows = Attachment.objects.filter(sha256__in=hashes).exclude(case=case)
    # Asked of the few cases found, not the other way round among all that the person may see.
    rows = rows.filter(Exists(Case.objects.visible_to(user).filter(pk=OuterRef("case"))))
    found = defaultdict(list)
    pairs = rows.order_by("case__number").values_list("sha256", "case__number").distinct()
    for sha256, number in pairs if hashes else ():
        found[sha256].append(number)
    return found

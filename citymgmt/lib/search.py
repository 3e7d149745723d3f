"""Searches by words: one rule for every search field of the product."""

from django.db.models import Q

from citymgmt.lib import writing


def matching(
    text: str,
    *,
    contains: tuple[str, ...] = (),
    starts: tuple[str, ...] = (),
    numbers: tuple[str, ...] = (),
) -> Q:
    """Rows in which each word of `text` is found in at least one of the fields.

    `contains`: text fields, anywhere, in every spelling a word may be stored in. `starts`: codes,
    from their beginning. `numbers`: numbers of digits, anywhere, typed with or without dashes.
    A text without words finds every row.
    """
    found = Q()
    for word in writing.words(text):
        found &= _one_word(word, contains, starts, numbers)
    return found


def _one_word(word, contains, starts, numbers) -> Q:
    match = Q(pk__in=[])  # a word that no field can hold finds nothing
    for field in contains:
        for spelling in writing.spellings(word):
            match |= Q(**{f"{field}__icontains": spelling})
    for field in starts:
        match |= Q(**{f"{field}__istartswith": word})
    digits = writing.digits(word)
    if digits:
        for field in numbers:
            match |= Q(**{f"{field}__contains": digits})
        for field in starts:
            match |= Q(**{f"{field}__startswith": digits})
    return match

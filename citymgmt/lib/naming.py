"""Rows that carry a Chinese and an English name show the one of the reader's language."""

from django.utils.translation import get_language


def in_language(zh: str, en: str) -> str:
    """The text in the active language; the other one where that is empty."""
    chosen, other = (zh, en) if (get_language() or "zh").startswith("zh") else (en, zh)
    return chosen or other


class Bilingual:
    """Mixin for models with `name_zh` and `name_en`."""

    @property
    def name(self) -> str:
        return in_language(self.name_zh, self.name_en)

    def __str__(self) -> str:
        return self.name

"""The matter that a rule or an answer is for, as one value of a form: "" for all, "kind",
"kind:major" or "class:pk"."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from inventory.models import Kind, MatterClass


def matter_choices(classes: list[MatterClass]) -> Iterator[tuple[str, str]]:
    for value, label in Kind.choices:
        rows = [row for row in classes if row.kind == value]
        if not rows:
            continue
        majors = {row.major: row.major_name for row in rows}
        yield value, _("%(kind)s: all") % {"kind": label}
        for major, name in majors.items():
            yield f"{value}:{major}", f"{label} {major} · {name}"
        for row in rows:
            yield f"class:{row.pk}", f"{label} {row.code} · {row}"


def read_matter(value: str, classes: Iterable[MatterClass]) -> dict:
    """{kind, major, matter_class} of a value that is among the choices."""
    if value.startswith("class:"):
        found = next(row for row in classes if f"class:{row.pk}" == value)
        return {"kind": "", "major": "", "matter_class": found}
    kind, _sep, major = value.partition(":")
    return {"kind": kind, "major": major, "matter_class": None}


def matter_of(row) -> str:
    """The value of a row with `kind`, `major` and `matter_class`."""
    if row.matter_class_id:
        return f"class:{row.matter_class_id}"
    return f"{row.kind}:{row.major}" if row.major else row.kind

"""Filing conditions by edition, and the rows a center cannot start without.

Nothing that an administrator has edited is written over: sources, stage limits and the calendar
are only added where missing, and an edition that cases were filed under is never changed.
"""

from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import (
    Calendar,
    CalendarSchedule,
    Case,
    FilingCondition,
    Source,
    StageLimit,
    StandardEdition,
)  # fmt: skip
from cases.models.duplicates import DuplicateReach
from cases.standards.shipped import CALENDAR, MOST, REACHES, SOURCES, STAGE_LIMITS
from cases.time.worktime import Unit
from citymgmt.lib.errors import BadInput
from citymgmt.lib.reading import read_table, refuse_lines
from citymgmt.lib.reading.cells import compact
from inventory.classes.loading import CODES, NATIONAL
from inventory.models import ClassEdition, MatterClass

STANDARDS = Path(__file__).parents[1] / "data" / "handling_standards.csv"
EDITION, VALID_FROM = "yuncheng-2024", date(2024, 1, 1)
COLUMNS = (
    "standard", "kind", "major_code", "minor_code", "minor_zh", "condition_no", "condition_zh",
    "condition_en", "limit_value", "limit_unit", "closing_zh", "closing_en", "responsible_role",
    "co_responsible_roles", "flags",
)  # fmt: skip
KEY = ("edition", "matter_class", "number")
NUMBER_DIGITS = 4  # of a condition within its class
CONTENT = (
    "text_zh", "text_en", "closing_zh", "closing_en", "limit_value", "limit_unit",
    "responsible_role", "co_roles", "flags",
)  # fmt: skip


def load_standards(
    path=None, *, edition=None, valid_from=None, classes=None, sheet=None, encoding=None
) -> dict:
    """Load conditions of one edition; classes are those of its national and local numbering.

    path: CSV or XLSX, the shipped table unless given. edition: the name to store it under, the
    file's own (column `standard`) unless given; a table in use by cases needs a new name.
    valid_from: its first day; it begins by itself. classes: the national class edition that the
    table counts by; the one in force on that day unless given. Answers {edition, conditions,
    created, changed, removed, in_force, note} and the figures of `load_defaults`; note says why
    the table is not in force, or which classes are not. BadInput names every bad line.
    """
    table = read_table(path or STANDARDS, COLUMNS, sheet=sheet, encoding=encoding)
    day = valid_from or _begins(edition, table)
    rows = _conditions(table, classes, day)
    with transaction.atomic():
        row = _edition(edition or table.lines[0].fields["standard"], valid_from)
        figures = _store(row, rows)
        origin = table.file if path else ""
        StandardEdition.objects.filter(pk=row.pk).exclude(origin=origin).update(origin=origin)
        told = {"in_force": _in_force(), "note": _note(row, rows)}
        return {"edition": row.code, **figures, **told, **load_defaults()}


def _begins(edition, table):
    """The first day of a table that is loaded again; today for a new one."""
    names = [edition] if edition else [line.fields["standard"] for line in table.lines[:1]]
    found = StandardEdition.objects.filter(code__in=names).first()
    return max(found.valid_from, timezone.localdate()) if found else timezone.localdate()


def _in_force():
    found = StandardEdition.objects.in_force().first()
    return found.code if found else ""


def _note(edition, rows):
    """What is stored without being used, in words; "" when all of it is."""
    current = StandardEdition.objects.in_force().first()
    notes = []
    if edition.valid_from > timezone.localdate():
        notes.append(
            _("%(code)s: stored, in force from %(day)s")
            % {"code": edition.code, "day": edition.valid_from}
        )
    elif current != edition:
        notes.append(
            _("%(code)s: stored, not in force; %(other)s is valid since %(day)s")
            % {
                "code": edition.code,
                "other": current or "–",
                "day": getattr(current, "valid_from", "–"),
            }
        )
    day = max(edition.valid_from, timezone.localdate())
    used = set(ClassEdition.objects.in_force(day).values_list("pk", flat=True))
    others = {
        row.matter_class.edition.code for row in rows if row.matter_class.edition_id not in used
    }
    if others:
        notes.append(
            _("class editions not in force on %(day)s: %(names)s")
            % {"day": day, "names": ", ".join(sorted(others))}
        )
    return "; ".join(notes)


def load_defaults() -> dict:
    """Sources, stage limits, a calendar and the reach of duplicates, where missing; answers how
    many rows were added."""
    return {
        "sources": _load_sources(),
        "stage_limits": _load_stage_limits(),
        "calendars": _load_calendar(),
        "duplicate_reaches": _load_reaches(),
    }


# --- conditions -----------------------------------------------------------------------------
def _conditions(table, national, day):
    lines = [(line.number, dict(line.fields)) for line in table.lines]
    if not lines:
        raise BadInput(_("%(file)s holds no rows.") % {"file": table.file}, "empty")
    classes = _classes({row["standard"] for _n, row in lines}, national, day)
    _restore_zeros(lines, classes)
    seen, rows, faults = {}, [], []
    for line, row in lines:
        found = classes.get((row["kind"], row["major_code"] + row["minor_code"]))
        reason = _fault(row, found)
        key = (found, row["condition_no"])
        if not reason and key in seen:
            reason = _("same class and number as line %s") % seen[key]
        if reason:
            faults.append((line, reason))
        else:
            seen[key] = line
            rows.append(_condition(row, found))
    refuse_lines(table, faults)
    return rows


def _classes(standards, national, day):
    """{(kind, code): class}: a city's own classes stand beside the national numbering, those named
    as the standard and those in use on its day."""
    if national and not ClassEdition.objects.filter(code=national).exists():
        raise BadInput(_("There is no class edition “%s”.") % national, "no_edition")
    if not national:
        in_force = ClassEdition.objects.in_force(day).filter(local=False).first()
        national = in_force.code if in_force else NATIONAL
    named = Q(edition__code__in={national, *standards})
    own = Q(edition__in=ClassEdition.objects.in_force(day).filter(local=True))
    found = MatterClass.objects.filter(named | own).select_related("edition")
    return {(c.kind, c.code): c for c in found.order_by("edition__local")}


def _restore_zeros(lines, classes):
    """Zeros that a spreadsheet took from the codes come back where the classes have one length;
    the name of the class proves it."""
    lengths = {}
    for (kind, _code), found in classes.items():
        for name, code in zip(CODES, (found.major, found.minor), strict=True):
            lengths.setdefault((kind, name), set()).add(len(code))
    for _number, row in lines:
        row["condition_no"] = compact(row["condition_no"])
        for name in CODES:
            row[name] = compact(row[name])
            known = lengths.get((row["kind"], name), ())
            if row[name].isdigit() and len(known) == 1:
                row[name] = row[name].zfill(*known)


def _fault(row, found):
    code = row["major_code"] + row["minor_code"]
    if found is None:
        return _("no %(kind)s class %(code)s in the editions in use") % {
            "kind": row["kind"], "code": code,
        }  # fmt: skip
    if found.name_zh != row["minor_zh"]:
        return _("class %(code)s is %(name)s, not %(given)s") % {
            "code": code, "name": found.name_zh, "given": row["minor_zh"],
        }  # fmt: skip
    number = row["condition_no"]
    if not (number.isdecimal() and len(number) <= NUMBER_DIGITS):
        return _("condition_no is not a number: “%s”") % row["condition_no"]
    if row["limit_unit"] not in set(Unit):
        return _("unknown limit unit “%s”") % row["limit_unit"]
    if not _limit(row["limit_value"]):
        return _("the limit must be more than 0, not “%s”") % row["limit_value"]
    empty = [n for n in ("condition_zh", "closing_zh", "responsible_role") if not row[n]]
    return empty and _("empty: %s") % ", ".join(empty)


def _limit(text):
    """The value with two decimals, or None when it is no limit."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value.quantize(Decimal("0.01")) if value.is_finite() and 0 < value <= MOST else None


def _condition(row, found):
    return FilingCondition(
        matter_class=found,
        number=int(row["condition_no"]),
        text_zh=row["condition_zh"],
        text_en=row["condition_en"],
        closing_zh=row["closing_zh"],
        closing_en=row["closing_en"],
        limit_value=_limit(row["limit_value"]),
        limit_unit=row["limit_unit"],
        responsible_role=row["responsible_role"],
        co_roles=_words(row["co_responsible_roles"]),
        flags=_words(row["flags"]),
    )


def _words(text):
    return [word for word in text.split("|") if word]


def _edition(code, valid_from):
    """The edition row; it is in force from its first day until a later one begins."""
    edition, _new = StandardEdition.objects.get_or_create(
        code=code, defaults={"valid_from": valid_from or VALID_FROM}
    )
    if valid_from and edition.valid_from != valid_from:
        edition.valid_from = valid_from
        edition.save(update_fields=["valid_from"])
    return edition


def _store(edition, rows):
    for row in rows:
        row.edition = edition
    stored = {(c.matter_class_id, c.number): c for c in edition.conditions.all()}
    wanted = {(row.matter_class_id, row.number): row for row in rows}
    created = [row for key, row in wanted.items() if key not in stored]
    kept = [key for key in wanted if key in stored]
    changed = [wanted[key] for key in kept if _content(wanted[key]) != _content(stored[key])]
    removed = [stored[key].pk for key in stored.keys() - wanted.keys()]
    if stored and (created or changed or removed):
        _refuse_if_in_use(edition)
    edition.conditions.filter(pk__in=removed).delete()
    FilingCondition.objects.bulk_create(
        created + changed,
        update_conflicts=True, unique_fields=KEY, update_fields=CONTENT, batch_size=200,
    )  # fmt: skip
    figures = {"created": len(created), "changed": len(changed), "removed": len(removed)}
    if any(figures.values()):
        StandardEdition.objects.filter(pk=edition.pk).touch()
    return {"conditions": len(rows), **figures}


def _content(condition):
    return [getattr(condition, name) for name in CONTENT]


def _refuse_if_in_use(edition):
    if Case.objects.filter(filing_condition__edition=edition).exists():
        raise BadInput(
            _("Cases were filed under %(edition)s. Load the changed table as a new edition.")
            % {"edition": edition},
            "edition_in_use",
        )


# --- defaults -------------------------------------------------------------------------------
def _load_sources():
    known = set(Source.objects.values_list("code", flat=True))
    new = [
        Source(code=code, name_zh=zh, name_en=en, group=group, needs_verify=verify, order=order)
        for order, (code, zh, en, group, verify) in enumerate(SOURCES, start=1)
        if code not in known
    ]
    return len(Source.objects.bulk_create(new))


def _load_stage_limits():
    known = set(StageLimit.objects.values_list("stage", "area_class", "urgency"))
    new = [
        StageLimit(
            stage=stage,
            area_class=area,
            urgency=urgency,
            limit_value=Decimal(value),
            limit_unit=unit,
        )
        for stage, area, urgency, value, unit in STAGE_LIMITS
        if (stage, area, urgency) not in known
    ]
    return len(StageLimit.objects.bulk_create(new))


def _load_calendar():
    if Calendar.objects.exists():
        return 0
    calendar = Calendar.objects.create(
        name=CALENDAR["name"], minutes_per_day=CALENDAR["minutes_per_day"]
    )
    CalendarSchedule.objects.create(
        calendar=calendar, weekdays=CALENDAR["weekdays"], slots=CALENDAR["slots"]
    )
    return 1


def _load_reaches():
    if DuplicateReach.objects.exists():
        return 0
    rows = [DuplicateReach(kind=kind, radius_m=m, days=days) for kind, m, days in REACHES]
    return len(DuplicateReach.objects.bulk_create(rows))


def responsible_roles() -> dict:
    """{(kind, class code): (responsible role, further roles)} of the edition in force."""
    rows = FilingCondition.objects.in_force().order_by("-number")
    return {
        (kind, code): (role, co_roles)
        for kind, code, role, co_roles in rows.values_list(
            "matter_class__kind", "matter_class__code", "responsible_role", "co_roles"
        )
    }

"""Schemes as plain JSON values. Pure.

{"code": "A", "missing": "rescale", "part_decimals": null,
 "grades": [{"letter": "A", "cut": "90", "colour": "green"}, …],
 "objects": {"department": [
    {"indicator": "filed", "weight": "10", "bands": {"any": [["50", "100"], …, [null, "0"]]}},
    {"indicator": "rework_rate", "weight": "30", "complement": true}, …]}}

A part with bands may say "per": "unit_grids". Numbers are written as strings, so that no binary
float comes in between; whole numbers are read too. `grades`, `missing` and
`part_decimals` may be left out.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from evaluation.scoring.schemes import (
    DEFAULT_GRADES,
    MISSING,
    Band,
    Grade,
    Part,
    Scheme,
    SchemeError,
    Step,
)


def to_json(scheme: Scheme) -> dict[str, Any]:
    """The scheme as JSON values; `from_json` gives back an equal one."""
    return {
        "code": scheme.code,
        "missing": scheme.missing,
        "part_decimals": scheme.part_decimals,
        "grades": [{**grade._asdict(), "cut": str(grade.cut)} for grade in scheme.grades],
        "objects": {
            kind: [_part_to_json(part) for part in parts] for kind, parts in scheme.objects.items()
        },
    }


def _part_to_json(part: Part) -> dict[str, Any]:
    data: dict[str, Any] = {"indicator": part.indicator, "weight": str(part.weight)}
    if part.complement:
        data["complement"] = True
    if part.bands is not None:
        data["bands"] = {period: _band_to_json(band) for period, band in part.bands.items()}
    if part.per:
        data["per"] = part.per
    return data


def _band_to_json(band: Band) -> list[list[str | None]]:
    return [[None if step.upto is None else str(step.upto), str(step.points)] for step in band]


def from_json(data: object) -> Scheme:
    """The scheme that `data` describes. Whatever is wrong is a SchemeError that names the place."""
    row = _object(data, "scheme", {"code", "objects"}, {"missing", "part_decimals", "grades"})
    decimals = row.get("part_decimals")
    if decimals is not None and (isinstance(decimals, bool) or not isinstance(decimals, int)):
        raise SchemeError("part_decimals: not a whole number")
    objects = _mapping(row["objects"], "objects")
    grades = [
        _grade(item, f"grades[{place}]")
        for place, item in enumerate(_list(row.get("grades", []), "grades"))
    ]
    return Scheme(
        code=_text(row["code"], "code"),
        objects={kind: _parts(parts, f"objects.{kind}") for kind, parts in objects.items()},
        grades=tuple(grades) if "grades" in row else DEFAULT_GRADES,
        missing=_text(row.get("missing", MISSING[0]), "missing"),
        part_decimals=decimals,
    )


def _grade(data: object, where: str) -> Grade:
    row = _object(data, where, {"letter", "cut", "colour"}, set())
    return Grade(
        _text(row["letter"], f"{where}.letter"),
        _number(row["cut"], f"{where}.cut"),
        _text(row["colour"], f"{where}.colour"),
    )


def _parts(data: object, where: str) -> tuple[Part, ...]:
    return tuple(_part(item, f"{where}[{place}]") for place, item in enumerate(_list(data, where)))


def _part(data: object, where: str) -> Part:
    row = _object(data, where, {"indicator", "weight"}, {"complement", "bands", "per"})
    complement = row.get("complement", False)
    if not isinstance(complement, bool):
        raise SchemeError(f"{where}.complement: neither true nor false")
    bands = None
    if row.get("bands") is not None:
        given = _mapping(row["bands"], f"{where}.bands")
        bands = {period: _band(band, f"{where}.bands.{period}") for period, band in given.items()}
    indicator = _text(row["indicator"], f"{where}.indicator")
    per = _text(row.get("per", ""), f"{where}.per")
    return Part(indicator, _number(row["weight"], f"{where}.weight"), complement, bands, per)


def _band(data: object, where: str) -> Band:
    return tuple(_step(item, f"{where}[{place}]") for place, item in enumerate(_list(data, where)))


def _step(data: object, where: str) -> Step:
    pair = _list(data, where)
    if len(pair) != 2:
        raise SchemeError(f"{where}: expected [up to, points]")
    upto = None if pair[0] is None else _number(pair[0], where)
    return Step(upto, _number(pair[1], where))


def _object(data: object, where: str, needed: set[str], optional: set[str]) -> Mapping[str, Any]:
    row = _mapping(data, where)
    if needed - set(row):
        raise SchemeError(f"{where}: {', '.join(sorted(needed - set(row)))} is missing")
    unknown = set(row) - needed - optional
    if unknown:
        raise SchemeError(f"{where}: unknown {', '.join(sorted(unknown))}")
    return row


def _mapping(data: object, where: str) -> Mapping[str, Any]:
    if not isinstance(data, Mapping) or not all(isinstance(key, str) for key in data):
        raise SchemeError(f"{where}: expected an object")
    return data


def _list(data: object, where: str) -> list[Any]:
    if not isinstance(data, list):
        raise SchemeError(f"{where}: expected a list")
    return data


def _text(data: object, where: str) -> str:
    if not isinstance(data, str):
        raise SchemeError(f"{where}: expected text")
    return data


def _number(data: object, where: str) -> Decimal:
    """A decimal from a string or a whole number; a float would bring its binary tail."""
    if isinstance(data, bool) or not isinstance(data, int | str):
        raise SchemeError(f"{where}: expected a number written as a string")
    try:
        number = Decimal(data)
    except InvalidOperation:
        raise SchemeError(f"{where}: {data!r} is not a number") from None
    if not number.is_finite():
        raise SchemeError(f"{where}: {data!r} is not a finite number")
    return number

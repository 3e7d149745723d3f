"""Schemes by version, facts of cases, frozen evaluations with their results, bulletins, seals."""

from evaluation.models.bulletins import Bulletin
from evaluation.models.facts import CaseFact
from evaluation.models.missed import MissedFinding
from evaluation.models.results import AREA_KINDS, POST_KINDS, Evaluation, Kind, Result
from evaluation.models.schemes import SchemeRow
from evaluation.models.seals import Seal

__all__ = [
    "AREA_KINDS",
    "POST_KINDS",
    "Bulletin",
    "CaseFact",
    "Evaluation",
    "Kind",
    "MissedFinding",
    "Result",
    "SchemeRow",
    "Seal",
]

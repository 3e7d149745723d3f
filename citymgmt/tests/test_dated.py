"""Whatever way of the ORM a row is changed by, it tells when."""

from datetime import UTC, datetime

import pytest

from cases.models import AreaLimit, FilingCondition
from citymgmt.accounts.models import Department
from citymgmt.lib.dated import Dated
from inventory.models import ClassEdition

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def save(row):
    row.save()


def save_some(row):
    row.save(update_fields=["name_zh"])


def update(row):
    Department.objects.filter(pk=row.pk).update(name_zh="新")


def bulk_update(row):
    Department.objects.bulk_update([row], ["name_zh"])


def bulk_create(row):
    Department.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["code"], update_fields=["name_zh"]
    )


@pytest.mark.parametrize("change", [save, save_some, update, bulk_update, bulk_create])
def test_a_change_is_told(cast, change):
    Department.objects.update(updated_at=LONG_AGO)
    row = Department.objects.get(code="gas")
    row.name_zh = "新"
    if change is bulk_create:
        row.pk = None
    change(row)
    moments = dict(Department.objects.values_list("code", "updated_at"))
    assert moments.pop("gas") > LONG_AGO
    assert set(moments.values()) == {LONG_AGO}


def test_a_moment_that_is_given_counts(cast):
    ClassEdition.objects.update(updated_at=LONG_AGO)
    assert set(ClassEdition.objects.values_list("updated_at", flat=True)) == {LONG_AGO}


def test_limits_of_areas_change_their_condition(cast):
    FilingCondition.objects.update(updated_at=LONG_AGO)
    row = AreaLimit.objects.create(
        condition=cast.cover_worn, area_class="A", limit_value=1, limit_unit="working_days"
    )
    first = FilingCondition.objects.get(pk=cast.cover_worn.pk).updated_at
    assert first > LONG_AGO
    row.delete()
    assert FilingCondition.objects.get(pk=cast.cover_worn.pk).updated_at > first
    assert FilingCondition.objects.get(pk=cast.cover_open.pk).updated_at == LONG_AGO


def test_own_querysets_know_it_too():
    for model in Dated.__subclasses__():
        assert hasattr(model.objects.all(), "touch"), model

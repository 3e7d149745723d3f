"""What people paste from word processors neither stays nor breaks anything."""

import io

import openpyxl
import pytest
from django.utils import timezone

from cases.models import Case, CaseEvent
from cases.states import State
from cases.tests.cast import act, bring, report
from citymgmt.lib.printable import printable

PASTED = "不属本单位\x0b请改派\x00"


def test_opinions_descriptions_and_places_are_cleaned_by_every_way_in(cast, client):
    case = report(cast, description=PASTED, address="建宁路\x0b12号\ufffe")
    assert (case.description, case.address) == ("不属本单位\n请改派", "建宁路 12号")
    case = bring(cast, State.TO_DISPOSE, at=timezone.now())
    client.force_login(cast.liaison)
    url = f"/cases/{case.number}/do/send_back/"
    client.post(url, {"opinion": PASTED})
    act(cast, case, "return_", "liaison", opinion=PASTED, at=timezone.now())
    for said in CaseEvent.objects.exclude(opinion="").values_list("opinion", flat=True):
        assert said == printable(said)


def test_an_old_row_with_such_a_character_does_not_stop_a_ledger(cast, client):
    """The log is append-only: what is in it must be written as it is."""
    case = bring(cast, State.TO_DISPOSE, at=timezone.now())
    act(cast, case, "return_", "liaison", opinion="x", at=timezone.now())
    case.requests.update(reason="不属本单位\x0b请改派\x01")
    Case.objects.update(address="\x02=1+1")
    client.force_login(cast.shift_leader)
    body = client.get("/ledgers/return.xlsx").content
    cells = {cell.value for row in openpyxl.load_workbook(io.BytesIO(body)).active for cell in row}
    assert {"不属本单位\n请改派", "'=1+1", case.number} <= cells
    assert client.get("/ledgers/return.csv").status_code == 200


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_case_numbers_survive_spreadsheet_programs(cast, client, form):
    case = bring(cast, State.TO_DISPOSE, at=timezone.now())
    act(cast, case, "return_", "liaison", opinion="x", at=timezone.now())
    client.force_login(cast.shift_leader)
    body = client.get(f"/ledgers/return.{form}").content
    if form == "csv":
        number = body.decode("utf-8-sig").splitlines()[1].split(",")[0]
        assert number == f"{case.number[:6]}-{case.number[6:14]}-{case.number[14:]}"
    else:
        page = openpyxl.load_workbook(io.BytesIO(body)).active
        cell = next(cell for row in page for cell in row if cell.value == case.number)
        assert cell.data_type == "s"

"""The people on the demonstration's grid: rota, grids above, control areas, campaigns, who answers
where, who works every day.

Every step is idempotent.
"""

from datetime import date, timedelta

from django.utils import timezone

from cases.campaigns import joining as campaigns
from cases.controls import actions as controls
from cases.models import Calendar, CalendarSchedule, Campaign, DepartmentCalendar
from cases.models.controls import ControlArea
from citymgmt.accounts.models import Department
from dispatch.models import Responsibility
from dispatch.responsibilities import actions as responsibilities
from grid.above.actions import build_above
from grid.models import Area, DutyGrid, ManagementGrid, UnitGrid
from grid.rota import actions as rota
from inventory.models import Kind, MatterClass

PAST, AHEAD = timedelta(days=30), timedelta(days=14)
CLEANERS = ("sanitation", "district_sanitation")


def fill_rota(today: date | None = None) -> int:
    """Who walks in the last 30 and the next 14 days, where nobody is named; entries added."""
    today = today or timezone.localdate()
    rota.load_shifts()
    return rota.fill(today - PAST, today + AHEAD)


def settle_people(people) -> None:
    """All of it, once the duty grids have their collectors."""
    fill_rota()
    if not ManagementGrid.objects.exists():
        build_above()
    if not ControlArea.objects.exists():
        _controls(people["acceptor"][0], people["shift_leader"][0])
    if not Campaign.objects.exists():
        run_campaigns(people["leader"][0])
    if not Responsibility.objects.exists():
        _answers()
    if not DepartmentCalendar.objects.exists():
        _clean_every_day()


def _controls(asker, leader):
    """One in force on open ground, where nothing of its class is reported; one to decide on."""
    today = timezone.localdate()
    cells = UnitGrid.objects.valid().order_by("built_up", "code")
    classes = list(MatterClass.objects.in_use().filter(kind=Kind.EVENT)[:2])
    if len(cells) < 2 or not classes:
        return
    texts = (
        ("绿化改造工地", "绿化改造施工期间，围挡内的事项由施工单位处理，不再上报。"),
        ("迎春灯会", "灯会布展期间不上报此类事项。"),
    )
    for (name, message), cell, days in zip(texts, cells[:2], (30, 10), strict=True):
        row = controls.ask(
            name=name, message=message, ground=cell.geometry, classes=classes, first_day=today,
            last_day=today + timedelta(days=days), by=asker,
        )  # fmt: skip
        if name == texts[0][0]:
            controls.decide(area=row, approve=True, opinion="同意", by=leader)


def run_campaigns(leader):
    """One that runs through the past days and on; one of two weeks that was ended early.

    They stand before the first case, so that the reports of the past days join by themselves.
    """
    now = timezone.now()
    events = list(MatterClass.objects.in_use().filter(kind=Kind.EVENT).order_by("code"))
    covers = list(MatterClass.objects.in_use().filter(name_zh__contains="井盖"))
    places = list(Area.objects.filter(level=Area.Level.DISTRICT).defer("geometry"))
    plans = (
        ("市容环境专项整治", "Clean streets drive", events[:20], 20, 10, None),
        ("井盖安全专项普查", "Manhole cover drive", covers, 28, -7, 12),
    )
    for zh, en, classes, ago, ahead, ended in plans:
        first, last = (now + timedelta(days=n) for n in (-ago, ahead))
        if not classes or not places:
            continue
        row = campaigns.save(
            name_zh=zh, name_en=en, first_day=timezone.localdate(first),
            last_day=timezone.localdate(last), classes=classes, areas=places, by=leader,
            note="问题单列统计，日报专项进展。", at=first,
        )  # fmt: skip
        if ended:
            campaigns.end(campaign=row, by=leader, at=now - timedelta(days=ended))


def _answers():
    """The sanitation department answers for a class in the first duty grid."""
    department = Department.objects.filter(code="sanitation", active=True).first()
    grid = DutyGrid.objects.in_force().first()
    matter = MatterClass.objects.in_use().filter(kind=Kind.EVENT).last()
    if department and grid and matter:
        responsibilities.answer(
            department=department, duty_grid=grid, matter_class=matter,
            valid_from=timezone.localdate(), basis="街道与环卫部门协议", by=None,
        )  # fmt: skip


def _clean_every_day():
    """Who cleans the streets begins early, and knows neither weekend nor holiday."""
    calendar, made = Calendar.objects.get_or_create(
        name="环卫作业", defaults={"observes_holidays": False, "active": False}
    )
    if made:
        slots = [["06:00", "12:00"], ["14:00", "18:00"]]
        CalendarSchedule.objects.create(calendar=calendar, weekdays=list(range(7)), slots=slots)
    for department in Department.objects.filter(code__in=CLEANERS, active=True):
        DepartmentCalendar.objects.create(department=department, calendar=calendar)

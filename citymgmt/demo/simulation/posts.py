"""What the holder of a case does next, and when.

`next_step` follows from the case as it stands, the seed and the choices of the world. Mishaps are
as rare as in the field (workflow §17: rework about 5 %); a few people try what the rules refuse.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from cases.machine.calendars import Calendars
from cases.machine.situation import decider
from cases.models import Case
from cases.states import Action, Stage, State
from cases.time import clock as clocks
from cases.time.worktime import advance
from citymgmt.accounts.models import User
from citymgmt.demo.simulation import branches, pace
from citymgmt.demo.simulation.pictures import picture
from citymgmt.demo.simulation.world import Absent, World

A, S = Action, State
QUICK = timedelta(minutes=25)  # a disposal in a hurry
WORDS = {
    A.REJECT: ("不属于城市管理受理范围", "与已受理案件重复", "描述不清，无法核实"),
    A.DECLINE: ("未达到立案条件", "现场已自行整改"),
    A.SEND_BACK: ("位置描述有误，请补充", "资料不全，退回上一环节"),
    A.DISPOSE: ("已处置完毕", "已按要求整改到位", "已修复并清理现场"),
    A.FEEDBACK: ("已核对，报送中心", "处置完成"),
    A.RETURN: ("不属于本单位职责范围", "权属不清，请重新派遣"),
    A.EXTEND: ("需采购材料，申请延期", "天气原因，施工顺延"),
    A.SUSPEND: ("需列入季度整治计划", "冬季不具备施工条件"),
    A.VOID: ("现场问题已消失", "重复案件"),
    A.REFUSE: ("理由不充分，按期处置", "职责明确，不予同意"),
    A.APPROVE: ("情况属实，同意", "同意"),
    A.REDISPATCH: ("派遣有误，改派责任单位",),
    A.REWORK: ("核查未通过，问题仍存在", "处置不彻底，退回返工"),
    A.FORCE_CLOSE: ("指挥长批示，特殊结案",),
    A.DISPATCH: ("请按时限处置",),
    A.CHECK: ("", "现场照片已上传"),
    A.SUSPEND_HARD: ("涉及规划调整，申请疑难缓办", "历史遗留问题，需多部门会商"),
    A.APPEAL: ("现场封闭施工，无法按期处置", "派遣超时致处置超时，申请免责"),
    A.WITHDRAW: ("已自行解决，撤回申请", "材料已到，无需再申请"),
    A.FORWARD: ("情况属实，请审批", "已审核，转报"),
    A.MERGE: ("与主案件为同一问题",),
    A.UNMERGE: ("现场核对，并非同一问题",),
    A.ARCHIVE: ("自行处置属实，归档",),
    A.NO_PARTY: ("经查无责任主体，由属地统筹",),
    A.PROXY_DISPOSE: ("先行排险，权属后续确认",),
    A.ARBITRATE: ("现场协调会纪要：按属地和权属资料确定责任单位",),
    A.SPECIAL_CLOSE: ("纳入专项整治，特殊结案",),
    A.SUPERVISE: ("请限时办结并书面回复", "案件已超时，请立即处置"),
    A.REPLY: ("已安排专人处置，今日完成", "材料已到位，正在施工"),
    A.RESOLVE: ("已落实，解除督办",),
    A.URGE: ("请尽快处置", "时限将至，请抓紧办理"),
    A.INSTRUCT: ("请举一反三，加强巡查", "请相关单位高度重视，尽快办结"),
    A.HAND_OVER: ("交班，请接续办理",),
    A.HAND_OVER_SITE: ("已到场接管",),
    A.ARRIVE: ("已到达现场",),
    A.ASSIST_FEEDBACK: ("已配合完成", "管线已交底，配合完毕"),
}


@dataclass(frozen=True)
class Step:
    """One deed to come: what `cases.machine.actions.perform` is called with."""

    at: datetime
    action: str
    by: User
    given: dict = field(default_factory=dict)
    photos: list = field(default_factory=list)


@dataclass(frozen=True)
class Mood:
    """How people behave. `tempo` divides the times of departments; `plain` leaves mishaps out and
    has disposals done within QUICK; `wish` is a request that is made; tasks on site and in the
    department go to the accounts of `visitor`s, named like their posts."""

    tempo: float = 1
    plain: bool = False
    wish: str = ""
    visitor: bool = False


class Mind:
    """The view of one case that a plan is made from."""

    def __init__(self, case: Case, world: World, calendars: Calendars, mood: Mood, avoid=()):
        self.case, self.world, self.mood = case, world, mood
        self.calendar = calendars.of_clock(case, Stage.DISPOSE)
        self.avoid = frozenset(avoid)
        key = f"{world.seed}:{case.number}:{case.events_count}:{len(self.avoid)}"
        self.rng = Random(key)

    def chance(self, share: float, action: str = "") -> bool:
        """Whether a mishap happens; never what was just refused."""
        return self.rng.random() < share and not self.mood.plain and action not in self.avoid

    def center(self, post: str, level: str = "") -> User:
        """Somebody of the post for the case; `level` names the setting of the step."""
        return self.world.overseer(post, self.case, self.rng, level)

    def department(self, post: str) -> User:
        return self.rng.choice(self.world.staff(post, self.case.department_id))

    def after(self, median: float, sigma: float = 0.6) -> datetime:
        """An instant some minutes after the state began."""
        return self.case.state_since + pace.minutes(self.rng, median, sigma)

    def in_office(self, median: float, sigma: float = 0.6) -> datetime:
        """The same for a department: in office hours, if the case keeps them."""
        delay = pace.minutes(self.rng, median, sigma) / self.mood.tempo
        seconds = max(1, round(delay.total_seconds()))
        working = self.working and self.mood.tempo == 1
        return advance(self.case.state_since, seconds, working, self.calendar)

    def collector(self) -> User:
        visitor = self.mood.visitor and self.world.visitor("collector")
        return visitor or self.world.collector_for(self.case.duty_grid_id, self.rng)

    def handler(self) -> User:
        staff = self.world.staff("handler", self.case.department_id)
        visitor = self.mood.visitor and self.world.visitor("handler")
        return visitor if visitor in staff else self.rng.choice(staff)

    @property
    def working(self) -> bool:
        """Whether the department keeps office hours for this case."""
        return "working" in self.case.limit_unit and not self.mood.plain

    @property
    def asked_at(self) -> datetime:
        """When the open request came to whoever has to look at it now."""
        asked = self.case.requests.open().get()
        return asked.forwarded_at or asked.asked_at

    def step(self, at: datetime, action: str, by: User, photos=(), **given) -> Step:
        words = WORDS.get(action)
        if words and "opinion" not in given:
            given["opinion"] = self.rng.choice(words)
        return Step(at, action, by, given, [self.photo(kind) for kind in photos])

    def photo(self, kind: str):
        matter = self.world.conditions[self.case.matter_class_id][0].matter_class
        return kind, picture(kind, matter.code, f"{self.case.number} {self.case.events_count}")


def next_step(case, world, calendars, mood: Mood = Mood(), avoid=()) -> Step | None:
    """What happens next to an open case. `avoid`: just refused.

    None if it waits for a date, or for a person that the simulation does not play.
    """
    plan = _decide if case.pending else PLANS.get(case.state)
    if plan is None or not (case.pending or world.acts_for(case)):
        return None
    m = Mind(case, world, calendars, mood, avoid)
    try:
        return (None if case.pending else branches.aside(m)) or plan(m)
    except Absent:
        return None


# --- supervision center ---------------------------------------------------------------------
def _registered(m: Mind) -> Step:
    case, acceptor = m.case, m.center("acceptor", "accepts")
    if case.self_disposed:
        return branches.put_right(m, acceptor)
    if merge := branches.duplicate(m, acceptor):
        return merge
    if counted := branches.campaign(m, acceptor):
        return counted
    if m.world.sources[case.source_id].needs_verify and case.verify_result in ("", "cannot_tell"):
        return m.step(m.after(5), A.SEND_VERIFY, acceptor, collector=m.collector())
    if case.verify_result == "absent":
        return _reject(m, acceptor, "invalid")
    if m.chance(0.015):
        return _reject(m, acceptor, m.rng.choice(["out_of_scope", "duplicate"]))
    return m.step(m.after(3), A.ACCEPT, acceptor)


def _reject(m, acceptor, reason):
    return m.step(m.after(4), A.REJECT, acceptor, reject_reason=reason)


def _on_site(m: Mind, median: float) -> datetime:
    """When the collector is there; one in thirty forgets the task for hours."""
    return m.after(median * (9 if m.chance(0.03) else 1), 0.5)


def _verifying(m: Mind) -> Step:
    answer = "absent" if m.chance(0.13) else "cannot_tell" if m.chance(0.03) else "exists"
    by = m.world.person(m.case.collector_id)
    return m.step(_on_site(m, 14), A.VERIFY, by, photos=["close"], verify_result=answer)


def _to_file(m: Mind) -> Step:
    leader = m.center("shift_leader", "accepts")
    if m.chance(0.02):
        return m.step(m.after(6), A.DECLINE, leader)
    if m.chance(0.006):
        return m.step(m.after(6), A.SEND_BACK, leader)
    condition = m.world.condition_for(m.case, m.rng)
    return m.step(m.after(5), A.FILE, leader, filing_condition=condition)


def _decline_review(m: Mind) -> Step:
    action = A.REFUSE if m.chance(0.2) else A.APPROVE
    return m.step(m.after(25), action, m.center("shift_leader", "approves"))


def _to_check(m: Mind) -> Step:
    return m.step(
        m.after(7), A.SEND_CHECK, m.center("acceptor", "sends_checks"), collector=m.collector()
    )


def _checking(m: Mind) -> Step:
    answer = "fail" if m.chance(0.05) else "cannot_tell" if m.chance(0.01) else "pass"
    by = m.world.person(m.case.collector_id)
    photos = ["close", "wide"] if m.chance(0.08) else ["close"]
    return m.step(_on_site(m, 24), A.CHECK, by, photos=photos, check_result=answer)


def _to_close(m: Mind) -> Step:
    leader = m.center("shift_leader")
    if m.case.check_result == "fail":
        if m.chance(0.08 if m.case.round == 1 else 0.25, A.SPECIAL_CLOSE):
            return m.step(m.after(20), A.SPECIAL_CLOSE, leader)
        return m.step(m.after(6), A.REWORK, leader)
    given = {"defective": True} if m.chance(0.01) else {}
    return m.step(m.after(5), A.CLOSE, leader, closing_met=True, **given)


def _close_review(m: Mind) -> Step:
    action = A.SEND_BACK if m.chance(0.03) else A.APPROVE
    return m.step(m.after(25), action, m.center("shift_leader", "approves"))


# --- command center -------------------------------------------------------------------------
def _to_dispatch(m: Mind) -> Step:
    case, dispatcher = m.case, m.center("dispatcher", "dispatches")
    if special := branches.special_dispatch(m, dispatcher):
        return special
    if m.mood.wish == A.VOID or m.chance(0.008, A.VOID):
        return m.step(m.after(5), A.VOID, dispatcher)
    if case.round == 1 and not case.returns and m.chance(0.004, A.SEND_BACK):
        return m.step(m.after(5), A.SEND_BACK, dispatcher)
    department = m.world.responsible(case)
    if case.round > 1 and case.department_id:
        department = m.world.departments[case.department_id]
    elif m.chance(0.25 if case.returns else 0.045):
        department = m.world.other_department(department, m.rng)
    given = {}
    if branches.joint(m) and case.round == 1:
        given["assist"] = [m.world.other_department(department, m.rng)]
    return m.step(m.after(4), A.DISPATCH, dispatcher, department=department, **given)


def _feedback_in(m: Mind) -> Step:
    dispatcher = m.center("dispatcher", "dispatches")
    if m.chance(0.012):
        return m.step(m.after(9), A.SEND_BACK, dispatcher)
    return m.step(m.after(9), A.PASS_CHECK, dispatcher)


def _decide(m: Mind) -> Step:
    """By whoever the table of moves names; the dispatch section passes on what others decide."""
    if m.chance(0.04, A.WITHDRAW):
        return _take_back(m)
    post = decider(m.case)
    action = A.REFUSE if A.APPROVE in m.avoid or m.chance(0.14) else A.APPROVE
    if post == "dispatcher" and action == A.APPROVE:
        action = A.FORWARD
    median = 9 if m.case.pending == "return_" else 22
    return m.step(m.asked_at + pace.minutes(m.rng, median), action, m.center(post))


def _take_back(m: Mind) -> Step:
    """Whoever asked thinks again before anybody has decided."""
    voiding = m.case.pending == "void"
    by = m.center("dispatcher", "dispatches") if voiding else m.department("liaison")
    return m.step(m.asked_at + pace.minutes(m.rng, 6), A.WITHDRAW, by)


# --- department -----------------------------------------------------------------------------
def _finish(m: Mind) -> datetime:
    """When the work is done: a share of the limit, the same however often one asks."""
    case = m.case
    clock = clocks.from_json(case.clocks[Stage.DISPOSE])
    rng = Random(f"{m.world.seed}:{case.number}:{case.department_id}:{case.round}")
    total = clocks.total(clock, m.calendar)
    wanted = round(pace.share(rng) * total) - clock.used
    seconds = max(wanted, round(0.06 * total * rng.random()), 60)
    begin = clock.spans[-1].start
    if m.mood.plain:
        return begin + QUICK * (0.2 + 0.8 * rng.random())
    moment = advance(begin, seconds, clock.working, m.calendar)
    return begin + (moment - begin) / m.mood.tempo


def _to_dispose(m: Mind) -> Step:
    liaison = m.department("liaison")
    if request := _request(m, liaison):
        return request
    if m.chance(0.05):
        return m.step(_finish(m), A.FEEDBACK, liaison, photos=["after"])
    at = min(m.in_office(16, 0.7), _finish(m))
    return m.step(at, A.ASSIGN, liaison, handler=m.handler())


def _request(m: Mind, liaison) -> Step | None:
    """What departments ask for, and the dispatcher's own second thought."""
    case, wish = m.case, m.mood.wish
    if case.department_id != m.world.responsible(case).pk and not wish:
        settled = case.arbitrated or case.no_party or case.proxy_disposal
        if case.returns < 2 and not settled and m.chance(0.85, A.RETURN):
            kind = "other" if m.chance(0.25) else "wrong_dispatch"
            return m.step(m.in_office(25, 0.5), A.RETURN, liaison, return_kind=kind)
        if not settled and m.chance(0.3, A.REDISPATCH):
            right, by = m.world.responsible(case), m.center("dispatcher", "dispatches")
            return m.step(m.after(20), A.REDISPATCH, by, department=right)
    if wish == A.RETURN:
        return m.step(m.after(10), A.RETURN, liaison)
    return _more_time(m, liaison)


def _more_time(m: Mind, liaison) -> Step | None:
    case, wish = m.case, m.mood.wish
    if step := branches.hard_case(m, liaison):
        return step
    # Some ask when it is too late: the rules refuse.
    if wish == A.EXTEND or m.chance(0.06 if case.overdue_at else 0.022, A.EXTEND):
        return m.step(m.in_office(40, 0.7), A.EXTEND, liaison)
    if wish == A.SUSPEND or (not case.suspensions and m.chance(0.005, A.SUSPEND)):
        at = m.in_office(40, 0.7)
        until = at + timedelta(days=m.rng.randint(4, 40))
        return m.step(at, A.SUSPEND, liaison, until=until)
    return None


def _disposing(m: Mind) -> Step:
    liaison = m.department("liaison")
    if request := _more_time(m, liaison):
        return request
    if m.chance(0.006):
        return m.step(m.in_office(30, 0.5), A.UNASSIGN, liaison)
    photos = ["before", "after", "wide"] if m.chance(0.08) else ["after"]
    at = max(_finish(m), m.after(2))
    return m.step(at, A.DISPOSE, m.world.person(m.case.handler_id), photos=photos)


def _dept_review(m: Mind) -> Step:
    liaison = m.department("liaison")
    action = A.SEND_BACK if m.chance(0.02, A.SEND_BACK) else A.FEEDBACK
    return m.step(m.in_office(9), action, liaison)


PLANS: dict[str, Callable[[Mind], Step | None]] = {
    S.REGISTERED: _registered, S.VERIFYING: _verifying, S.TO_FILE: _to_file,
    S.DECLINE_REVIEW: _decline_review, S.TO_DISPATCH: _to_dispatch, S.TO_DISPOSE: _to_dispose,
    S.DISPOSING: _disposing, S.DEPT_REVIEW: _dept_review, S.FEEDBACK_IN: _feedback_in,
    S.TO_CHECK: _to_check, S.CHECKING: _checking, S.TO_CLOSE: _to_close,
    S.CLOSE_REVIEW: _close_review, S.SUSPENDED: branches.suspended, S.CLOSED: branches.closed,
    S.VOID: branches.void,
}  # fmt: skip

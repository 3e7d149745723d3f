"""A case in words for the pages: clock chip and its account, timeline, photos, holder.

Reads rows that are loaded already; `now` and the calendars are arguments.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from cases.machine.inputs import INPUTS, Type
from cases.machine.situation import by_shift_leader, decider
from cases.models import Attachment
from cases.photos import same as same_photos
from cases.presenting import prospects
from cases.standards.units import limit_words
from cases.states import CITIZENS_SAY, FINAL, HOLDER, REQUESTS, Action, Stage, stage_of
from cases.time import clock as clocks
from cases.time.clock import LineKind
from cases.time.lights import light_of
from cases.time.worktime import Note, explain

PEOPLE = tuple(name for name, row in INPUTS.items() if row.type == Type.PERSON)
ANSWERS = {name: row.answers for name, row in INPUTS.items() if row.answers}
DISPATCHING = {
    Action.DISPATCH, Action.REDISPATCH, Action.NO_PARTY, Action.PROXY_DISPOSE, Action.ARBITRATE,
}  # fmt: skip
DECIDING = {Action.APPROVE, Action.REFUSE, Action.FORWARD, Action.WITHDRAW}
BACK = {
    Action.SEND_BACK,
    Action.RETURN,
    Action.REWORK,
    Action.REFUSE,
    Action.UNASSIGN,
    Action.WITHDRAW,
    Action.UNSOLVED,
}
LINE_WORDS = {
    LineKind.LIMIT: gettext_lazy("Limit"), LineKind.EXTENSION: gettext_lazy("Extension"),
    LineKind.SPAN: gettext_lazy("Counted"), LineKind.PAUSE: gettext_lazy("Paused"),
    LineKind.USED: gettext_lazy("Used"), LineKind.REMAINING: gettext_lazy("Remaining"),
    LineKind.OVER: gettext_lazy("Over the limit"), LineKind.DUE: gettext_lazy("Due at"),
}  # fmt: skip
NOTE_WORDS = {
    Note.WEEKEND: gettext_lazy("weekend"), Note.HOLIDAY: gettext_lazy("public holiday"),
    Note.SWAPPED: gettext_lazy("swapped work day"), Note.OFF_HOURS: gettext_lazy("outside hours"),
    Note.ASSUMED: gettext_lazy("assumed: the calendar of that year is not known yet"),
}  # fmt: skip
HOLIDAYS = {
    "new_years_day": gettext_lazy("New Year"),
    "spring_festival": gettext_lazy("Spring Festival"),
    "tomb_sweeping_day": gettext_lazy("Tomb-Sweeping Day"),
    "labour_day": gettext_lazy("Labour Day"),
    "dragon_boat_festival": gettext_lazy("Dragon Boat Festival"),
    "national_day": gettext_lazy("National Day"),
    "mid_autumn_festival": gettext_lazy("Mid-Autumn Festival"),
}  # fmt: skip
REQUEST_WORDS = {
    "return_": gettext_lazy("Return asked for"), "extend": gettext_lazy("Extension asked for"),
    "suspend": gettext_lazy("Suspension asked for"), "void": gettext_lazy("Voiding asked for"),
    "suspend_hard": gettext_lazy("Hard-case suspension asked for"),
    "appeal": gettext_lazy("Appealed"),
}  # fmt: skip


def words(seconds) -> str:
    """Hours and minutes; less than a minute is said so."""
    hours, minutes = divmod(int(seconds) // 60, 60)
    if not hours:
        return _("%(m)s min") % {"m": minutes} if minutes else _("under 1 min")
    if not minutes or hours >= 100:
        return _("%(h)s h") % {"h": hours}
    return _("%(h)s h %(m)s min") % {"h": hours, "m": minutes}


# --- clock ----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Chip:
    """What `parts/clock.html` draws."""

    due: datetime | None
    warn: datetime | None
    light: str
    explain: str


def clock_of(case):
    """The clock that runs for the case now, or None."""
    stage = stage_of(case.state, case.pending)
    return clocks.from_json(case.clocks[stage]) if stage else None


def chip(case, ctx) -> Chip:
    address = reverse("cases:clock", args=[case.number])
    return Chip(case.due_at, case.warn_at, light_of(case, ctx.now), address)


def account(case, ctx) -> dict:
    """The explanation of the clock: `lines` of the clock, then `slots` of the stretch running.

    `calendar` is the name of the one it is counted on, where that is not the center's.
    """
    stage = stage_of(case.state, case.pending)
    if stage is None and case.department_id and case.clocks.get(Stage.DISPOSE):
        stage = Stage.DISPOSE
    if stage is None:
        return {"stage": "", "calendar": "", "lines": [], "slots": []}
    clock, calendar = clocks.from_json(case.clocks[stage]), ctx.calendars.of_clock(case, stage)
    lines = [_line(line, clock) for line in clocks.explain_clock(clock, ctx.now, calendar)]
    named = calendar.name if clock.working and calendar != ctx.calendars.center else ""
    return {"stage": Stage(stage).label, "calendar": named, "lines": lines,
            "slots": _slots(clock, calendar)}  # fmt: skip


def _line(line, clock):
    note = ""
    if line.kind == LineKind.LIMIT:
        note = limit_words(clock.limit.value, clock.limit.unit)
    elif line.reason in Action.values:
        note = Action(line.reason).label
    return {
        "kind": line.kind, "name": LINE_WORDS[line.kind], "start": line.start, "end": line.end,
        "length": "" if line.kind == LineKind.DUE else words(line.seconds), "note": note,
    }  # fmt: skip


def _slots(clock, calendar):
    left = clocks.total(clock, calendar) - clock.used
    if clock.running_since is None or left <= 0:
        return []
    return [
        {
            "start": slot.start, "end": slot.end, "skipped": not slot.seconds,
            "length": words(slot.seconds) if slot.seconds else "",
            "note": _slot_note(slot),
        }
        for slot in explain(clock.running_since, left, clock.working, calendar)
    ]  # fmt: skip


def day_words(day) -> str:
    """What is special about a day of the calendar; "" for a plain day or weekend."""
    if day.note in (None, Note.WEEKEND, Note.OFF_HOURS):
        return ""
    return _slot_note(day)


def _slot_note(slot):
    note = str(NOTE_WORDS.get(slot.note, "") if slot.note else "")
    name = str(HOLIDAYS.get(slot.name, slot.name))
    return f"{note} ({name})" if note and name else note or name


# --- who ------------------------------------------------------------------------------------
def holder(case, posts) -> dict:
    """Post, person and department whose turn it is; empty for a case that is over."""
    code = decider(case) if case.pending else HOLDER.get(case.state, "")
    if not code:
        return {}
    person = None
    if not case.pending:
        person = {"collector": case.collector, "handler": case.handler}.get(code)
    department = case.department if code in ("liaison", "handler") else None
    return {"post": posts.get(code, code), "person": person, "department": department}


def marks(case) -> list[str]:
    """What is special about the case, in words for the tags of its head."""
    said = {
        _("No responsible party"): case.no_party, _("Proxy disposal"): case.proxy_disposal,
        _("Ruled on"): case.arbitrated, _("Self-disposed"): case.self_disposed,
        _("Collector waits on site"): case.on_guard and not case.handed_over_at,
        _("Stockpiled"): case.stockpiled_at and not case.final, _("Exempt"): case.exempt,
        case.get_supervised_display(): case.supervised,
    }  # fmt: skip
    own = [str(case.campaign)] if case.campaign_id else []
    return own + [str(words) for words, on in said.items() if on]


# --- timeline -------------------------------------------------------------------------------
def timeline(events, posts, names, sites=None) -> list[dict]:
    """Steps for `parts/timeline.html`; `posts` and `names` are words by code and username, `sites`
    (`onsite.OnSite`) say by row of the log whether it was done on site."""
    sites = sites or {}
    steps = [_step(event, posts, names) | {"site": sites.get(event.pk)} for event in events]
    if steps and events[-1].state_to not in FINAL:
        steps[-1]["now"] = True
    return steps


def _step(event, posts, names):
    measured = event.used_seconds is not None and event.limit_seconds
    return {
        "name": Action(event.action).label, "state": event.state_to, "at": event.at,
        "post": post_words(event, posts), "person": event.by or "", "overdue": event.overdue,
        "used": words(event.used_seconds) if measured else "",
        "limit": words(event.limit_seconds) if measured else "",
        "share": event.used_seconds / event.limit_seconds if measured else None,
        "back": event.action in BACK, "note": _note(event, names), "made": made_apart(event),
    }  # fmt: skip


def deed(event, posts) -> str:
    """One row of the log as a sentence: who, when, what."""
    post = post_words(event, posts)
    return _("%(who)s, %(time)s: %(action)s.") % {
        "who": f"{event.by} ({post})" if event.by else post,
        "time": timezone.localtime(event.at).strftime("%H:%M"),
        "action": Action(event.action).label,
    }


def post_words(event, posts) -> str:
    """The post in which a step was taken. The public has none; reports of citizens were written
    down as the system's before, and what is in the log stays as it is."""
    if event.by_id is None and event.action in CITIZENS_SAY:
        return _("Public")
    if event.post == "system":
        return _("System")
    return posts.get(event.post, event.post) or _("Public")


def _note(event, names):
    data, said = event.data, []
    if event.action in DISPATCHING and event.department:
        said.append(f"→ {event.department}")
    said += [f"→ {names.get(data[key], data[key])}" for key in PEOPLE if key in data]
    said += [str(ANSWERS[key].get(data[key], data[key])) for key in ANSWERS if key in data]
    if event.action == Action.SET_CAMPAIGN:
        said.append(data["campaign_name"] or _("none: a daily case"))
    if "follows" in data:
        said.append(_("follows %(number)s") % {"number": data["follows"]})
    if "main_case" in data:
        said.append(f"→ {data['main_case']}")
    if "assist" in data:
        said.append(_("assisting: %(codes)s") % {"codes": ", ".join(data["assist"])})
    if "limit" in data:
        said.append(limit_words(*data["limit"]))
    if event.action in DECIDING and "request" in data:
        said.append(str(REQUEST_WORDS[data["request"]]))
    if event.overdue:
        said.append(_("overdue"))
    if event.opinion:
        said.append(f"“{event.opinion}”")
    return " · ".join(said)


def made_apart(row):
    """When it was done as the device says, where that is another minute than that of arrival."""
    apart = row.made_at and abs(row.at - row.made_at) >= timedelta(minutes=1)
    return row.made_at if apart else None


def names_in(events) -> set[str]:
    """Usernames that the log mentions."""
    return {e.data[key] for e in events for key in PEOPLE if key in e.data}


def open_request(case, events):
    """The log row of the request that waits, or None; `asks` is its name in words."""
    if not case.pending:
        return None
    asked = [e for e in events if REQUESTS.get(e.action) == case.pending]
    if not asked:
        return None
    asked[-1].asks = REQUEST_WORDS[case.pending]
    asked[-1].passed_on = not case.to_forward and not by_shift_leader(case)
    return asked[-1]


def short_number(case) -> str:
    """The day and the running number: what people call a case by."""
    return f"{case.number[6:14]}-{case.number[14:]}"


def main_choice(main) -> dict:
    """One row of the list of possible main cases, as `lib/choose.js` reads it."""
    case = main.case
    place = case.address or case.community.name
    return {
        "value": case.number,
        "label": f"{short_number(case)} {case.matter_class}",
        "note": " · ".join(filter(None, [place, case.description[:80]])),
        "figures": f"{main.away} m · {case.get_state_display()}",
        "photo": photo_url(main.photos[0], "thumb") if main.photos else "",
    }


OUTCOME_WORDS = {
    "": gettext_lazy("waiting"),
    "approve": pgettext_lazy("request", "approved"),
    "refuse": pgettext_lazy("request", "refused"),
    "withdraw": pgettext_lazy("request", "withdrawn"),
    "lapsed": pgettext_lazy("request", "lapsed"),
}


def request_history(events) -> list[dict]:
    """What was asked for on the case before and how it ended, the newest first."""
    ended = [asked for asked in prospects.requests_in(events) if asked.ended]
    return [_asked_before(asked) for asked in reversed(ended)]


def _asked_before(asked):
    opened, ended = asked.opened, asked.ended
    outcome = str(OUTCOME_WORDS[asked.outcome])
    if seconds := ended.data.get("seconds"):
        outcome = f"{outcome} +{words(seconds)}"
    return {
        "name": REQUEST_WORDS[asked.kind],
        "who": opened.by_department or opened.by or "",
        "at": opened.at,
        "reason": opened.opinion,
        "outcome": outcome,
        "ended_by": ended.by or "",
        "ended_at": ended.at,
    }


# --- photos ---------------------------------------------------------------------------------
# What a photo was taken for, where that is not the name of its step.
OCCASIONS = {
    Action.REPORT: pgettext_lazy("photo", "report"),
    Action.VERIFY: pgettext_lazy("photo", "verification"),
    Action.DISPOSE: pgettext_lazy("photo", "disposal"),
    Action.FEEDBACK: pgettext_lazy("photo", "disposal"),
    Action.CHECK: pgettext_lazy("photo", "site check"),
}


def photo_rounds(photos, posts, same=None) -> list[dict]:
    """For `parts/photos.html`; `before` and `after` are addresses where a round has both.

    `photos` come with their steps, `posts` are words by code, `same` is `same_photos.elsewhere`.
    `result`: what the department said of the photo after the work.
    """
    rounds: dict[int, list] = {}
    for row in photos:
        rounds.setdefault(row.round, []).append(row)
    return [_round(number, rows, posts, same or {}) for number, rows in sorted(rounds.items())]


def _round(number, rows, posts, same):
    after = [row for row in rows if row.photo_type == Attachment.PhotoType.AFTER]
    first = [row for row in rows if row.photo_type != Attachment.PhotoType.AFTER]
    name = _("Round %(n)s") % {"n": number}
    count = ngettext("%(n)s photo", "%(n)s photos", len(rows)) % {"n": len(rows)}
    both = first and after
    return {
        "name": name,
        "label": f"{name} · {count}",
        "photos": [_photo(row, posts, same.get(row.sha256, [])) for row in rows],
        "before": photo_url(first[0]) if both else "",
        "after": photo_url(after[-1]) if both else "",
        "result": after[-1].event if both else None,
    }


def _photo(row, posts, same):
    step = OCCASIONS.get(row.event.action) or Action(row.event.action).label
    return {
        "url": photo_url(row),
        "thumbnail": photo_url(row, "thumb"),
        "type": row.photo_type,
        "type_label": row.get_photo_type_display(),
        "origin": f"{step} · {post_words(row.event, posts)}",
        "taken_at": row.at,
        "made_at": made_apart(row),
        "same": same[: same_photos.SHOWN],
        "same_more": max(len(same) - same_photos.SHOWN, 0),
    }


def photo_url(row, name="photo"):
    return reverse(f"cases:{name}", args=[row.uuid])

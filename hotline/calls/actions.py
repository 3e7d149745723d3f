"""Deeds of the hotline and the portal: take a call, report without an account, call back."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.machine.identifiers import claim, identify, is_known, reused
from cases.machine.reports import Report, report
from cases.models import Case, Source
from cases.states import FINAL
from citymgmt.accounts.posts import TAKE_CALLS
from citymgmt.accounts.rules import holds
from citymgmt.lib import phones
from citymgmt.lib.errors import BadInput, NotNow, NotYours
from citymgmt.lib.printable import one_line, printable
from citymgmt.lib.transactions import retried
from hotline.citizens import messages
from hotline.citizens.queries import contacts, told
from hotline.models import Call, CallBack, Citizen, PublicReport, Satisfaction

LINES = ("hotline_12319", "hotline_12345")
PUBLIC_SOURCES = ("web", "app", "wechat")
CONTENT_MAX, NAME_MAX, NOTE_MAX = 4000, 60, 2000


# --- calls ----------------------------------------------------------------------------------
@retried
def take_call(
    *, by, kind, content, phone="", name="", sex="", source=LINES[0], answer="",
    reply_required=False, may_text=False, publish=False, urgent=False, matter_class=None,
    lon=None, lat=None, address="", attach_to="", client_uuid=None, at=None,
) -> tuple[Call, bool]:  # fmt: skip
    """Record a call; (call, created). The same `client_uuid` again gives the same call; with
    other content it is refused.

    A consultation needs `answer` and makes no case. A complaint reports one (class and place
    needed), or joins the case numbered `attach_to`, which `by` must be able to see. An empty
    `phone` is a withheld number. `may_text`: the caller agreed to text messages. Raises BadInput,
    NotYours, NotNow.
    """
    _need_calls(by)
    content, answer = printable(content), printable(answer)
    sent = {
        "kind": kind, "content": content, "phone": phone, "name": name, "sex": sex,
        "source": source, "answer": answer, "reply_required": reply_required,
        "may_text": may_text, "publish": publish, "urgent": urgent, "class": matter_class,
        "lon": lon, "lat": lat, "address": address, "attach_to": attach_to,
    }  # fmt: skip
    identifier = identify(client_uuid, "call", by, sent)
    if identifier and (known := _known_call(identifier, by)):
        return known, False
    joins = kind == Call.Kind.CONSULT or attach_to
    _refuse(
        _wrong_in_call(kind, content, answer, phone, reply_required, source)
        | ({} if joins else _wrong_in_place(matter_class, lon, lat))
    )
    values = {"kind": kind, "content": content.strip(), "reply_required": reply_required,
              "publish": publish, "by": by}  # fmt: skip
    if identifier:
        values["client_uuid"] = identifier.uuid
    try:
        with transaction.atomic():
            claim(identifier)
            values["source"] = _line(source)
            if kind == Call.Kind.CONSULT:
                values["answer"] = answer.strip()
            elif attach_to:
                values["case"] = _attachable(by, attach_to)
            else:
                values["case"] = _report(
                    by, source, content, matter_class, lon, lat, address, urgent, identifier, at
                )
            # After the case, which is locked first wherever both are.
            values["caller"] = _citizen(phone, name, sex)
            values["may_text"] = may_text and values["caller"] is not None
            call = Call.objects.create(**values, at=at or timezone.now())
            if call.case_id and call.case.main.final:
                messages.tell_ended_already(call, call.at)
            return call, True
    except IntegrityError:
        # Sent twice at once: the other one won.
        if identifier and (known := _known_call(identifier, by)):
            return known, False
        raise


def _known_call(identifier, by):
    is_known(identifier)
    call = Call.objects.filter(client_uuid=identifier.uuid).first()
    if call and call.by_id != by.pk:
        raise reused()
    return call


def _wrong_in_call(kind, content, answer, phone, reply_required, source) -> dict:
    """{field: reason} of all that is missing or wrong."""
    wrong = {}
    if kind not in Call.Kind.values:
        wrong["kind"] = _("Choose one of the given answers.")
    if not content.strip():
        wrong["content"] = _("Write down what the call is about.")
    elif len(content) > CONTENT_MAX:
        wrong["content"] = _("At most %(max)s characters.") % {"max": CONTENT_MAX}
    if kind == Call.Kind.CONSULT and not answer.strip():
        wrong["answer"] = _("A consultation is answered at once: write down the answer.")
    if reply_required and not phone.strip():
        wrong["phone"] = _("A reply needs a number to call.")
    if source not in LINES:
        wrong["source"] = _("Choose the line on which the call came in.")
    return wrong


def _line(code):
    line = Source.objects.filter(code=code, active=True).first()
    if line is None:
        raise _one_wrong("source", _("Unknown source."))
    return line


def _attachable(by, number):
    """Open, or closed: the caller of a closed case is told at once by the call-back list."""
    case = Case.objects.visible_to(by).filter(number=number).first()
    if case is None:
        raise _one_wrong("attach_to", _("There is no such case among those you may see."))
    return Case.objects.locked(case.pk)


def _report(by, source, content, matter_class, lon, lat, address, urgent, identifier, at):
    said = Report(
        matter_class=matter_class,
        lon=lon,
        lat=lat,
        source=source,
        description=content,
        address=address,
        urgent=urgent,
    )
    case, _created = report(said, by=by, client_uuid=identifier, at=at)
    return case


def _wrong_in_place(matter_class, lon, lat) -> dict:
    wrong = {}
    if matter_class is None:
        wrong["matter_class"] = _("Choose what it is about.")
    if lon in (None, "") or lat in (None, ""):
        wrong["address"] = _("Set the pin on the map, or choose a place from the search.")
    return wrong


# --- the public -----------------------------------------------------------------------------
@retried
@transaction.atomic
def public_report(
    *, matter_class, lon, lat, description="", address="", photos=(), phone="", name="",
    reply_required=False, may_text=False, source="web", client_uuid=None, at=None, made=None,
) -> tuple[PublicReport, bool]:  # fmt: skip
    """A report by somebody without an account; (report, created).

    `photos` and `made` as `cases.machine.reports.report` takes them; both may be missing. Rates are
    limited by the caller, who knows the address. The same `client_uuid` again gives the same
    report and code; with other content it is refused. `may_text`: the citizen agreed to text
    messages, and is sent number and code.
    """
    if source not in PUBLIC_SOURCES:
        raise _one_wrong("source", _("Unknown source."))
    if reply_required and not phone.strip():
        raise _one_wrong("phone", _("A reply needs a number to call."))
    _refuse(_wrong_in_place(matter_class, lon, lat))
    content = {
        "class": matter_class, "lon": lon, "lat": lat, "description": description,
        "address": address, "phone": phone, "name": name, "reply_required": reply_required,
        "may_text": may_text, "source": source,
    }  # fmt: skip
    said = Report(
        matter_class=matter_class,
        lon=lon,
        lat=lat,
        source=source,
        description=description,
        address=address,
    )
    identifier = identify(client_uuid, "public report", None, content, photos)
    case, created = report(said, by=None, photos=photos, client_uuid=identifier, made=made, at=at)
    if not created:
        return _known_report(case), False
    citizen = _citizen(phone, name)
    row = PublicReport.objects.create(
        case=case, citizen=citizen, reply_required=reply_required,
        may_text=may_text and citizen is not None,
    )  # fmt: skip
    messages.tell_received(row, case.reported_at)
    return row, True


def _known_report(case):
    report = PublicReport.objects.filter(case=case).order_by("id").first()
    if report is None:
        raise reused()
    return report


# --- call-back ------------------------------------------------------------------------------
@retried
@transaction.atomic
def call_back(
    *, by, case, citizen, reached, service=None, result=None, note="", at=None
) -> CallBack:
    """Record an attempt to tell `citizen` how `case` ended. Reached needs both answers (scores
    of `Satisfaction`); not reached takes none and leaves the person on the list."""
    _need_calls(by)
    case = Case.objects.locked(case.pk)
    if not Case.objects.visible_to(by).filter(pk=case.pk).exists():
        raise NotYours(_("This is not yours to do."), "not_yours")
    if case.state not in FINAL:
        raise NotNow(_("The case has not ended yet."), "wrong_state")
    if citizen not in contacts(case):
        raise NotNow(_("This person has asked for no reply on this case."), "not_asked")
    if told(case, citizen):
        raise NotNow(_("This person has been called back already."), "done")
    if len(note.strip()) > NOTE_MAX:
        raise _one_wrong("note", _("At most %(max)s characters.") % {"max": NOTE_MAX})
    if reached:
        _check_answers(service=service, result=result)
    else:
        service = result = None
    return CallBack.objects.create(
        case=case, round=case.main.round, citizen=citizen, by=by, at=at or timezone.now(),
        reached=reached, service=service, result=result, note=printable(note).strip(),
    )  # fmt: skip


def _check_answers(**answers):
    said = _("Choose one of the given answers.")
    _refuse({name: said for name, value in answers.items() if value not in Satisfaction.values})


# --- common ---------------------------------------------------------------------------------
def _need_calls(by):
    if not holds(by, TAKE_CALLS):
        raise NotYours(_("Your post does not take calls."), "not_yours")


def _citizen(phone, name="", sex=""):
    """The row of a number, its name and sex as last told; None for a withheld number."""
    if not phone.strip():
        return None
    try:
        number, extension = phones.parse(phone)
    except ValueError:
        raise _one_wrong("phone", _("This is not a telephone number.")) from None
    name = one_line(name)
    if len(name) > NAME_MAX:
        raise _one_wrong("name", _("At most %(max)s characters.") % {"max": NAME_MAX})
    given = {k: v for k, v in (("name", name), ("sex", sex)) if v}
    citizen, _created = Citizen.objects.update_or_create(
        phone=number, extension=extension, defaults=given
    )
    return citizen


def _one_wrong(name, reason):
    return BadInput(reason, fields={name: [reason]})


def _refuse(wrong: dict):
    """Raise BadInput for {field: reason}; nothing when empty."""
    if wrong:
        fields = {name: [str(reason)] for name, reason in wrong.items()}
        raise BadInput(_("Something is missing."), code="required", fields=fields)

"""Settings and campaigns by keyboard: what is wrong is refused in place, what is right is kept."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from playwright.sync_api import expect

from cases.configuration import registry
from cases.machine.process import process
from cases.models import Campaign
from cases.states import State

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Section → what is given (by the label's name), the field that refuses and how, the right value,
# and what the list says afterwards.
ROWS = {
    "calendars": ({"name": "环卫", "minutes_per_day": "360"},
                  "minutes_per_day", "2000", "360"),
    "schedules": ({"calendar": 1, "valid_from": "2027-06-01", "valid_to": "2027-09-30",
                   "slots": "08:30-12:00, 15:00-18:30"},
                  "slots", "8点到12点", "15:00–18:30"),
    "days": ({"date": "2027-05-04", "name": "青年节"}, "date", "", "青年节"),
    "department-calendars": ({"department": "燃气", "calendar": 1}, "calendar", "", "燃气单位"),
    "stage-limits": ({"stage": "close", "area_class": "B", "limit_value": "45",
                      "limit_unit": "minutes"}, "limit_value", "0", "45"),
    "area-limits": ({"condition": 1, "area_class": "B", "limit_value": "3",
                     "limit_unit": "working_hours"}, "limit_value", "-1", "3"),
    "urgent-limits": ({"condition": 1, "arrival_minutes": "45", "limit_value": "3",
                       "limit_unit": "urgent_hours"}, "arrival_minutes", "0", "45"),
    "duplicates": ({"matter_class": 1, "radius_m": "80", "days": "3"}, "radius_m", "2", "80"),
    "escalation": ({"moment": "instruct", "scope": "area", "post": "督察员"}, "post", "", "督察员"),
}  # fmt: skip


def fill(form, values):
    for name, value in values.items():
        field = form.locator(f"[name={name}]")
        if field.evaluate("(e) => e.tagName") != "SELECT":
            field.fill(value)
        elif isinstance(value, int):
            field.select_option(index=value)
        else:
            options = field.locator("option").evaluate_all(
                "(all) => all.map((o) => [o.value, o.text])"
            )
            fits = [key for key, text in options if value == key or (value and value in text)]
            field.select_option(fits[0])


def send(form):
    form.locator(".btn-primary").focus()
    form.page.keyboard.press("Enter")


def test_every_section_has_its_row():
    assert set(ROWS) == {section.code for section in registry.every()}


def test_each_section_refuses_in_place_and_keeps_what_is_right(at, console):
    admin = at("sysadmin")
    page = admin.go("/settings/")
    for section in registry.every():
        values, name, wrong, shown = ROWS[section.code]
        page.locator(f"nav.ledger-nav a[href='/settings/{section.code}/']").press("Enter")
        expect(page.locator("h1")).to_have_text(str(section.label))
        page.locator(f"a[href='/settings/{section.code}/new/']").press("Enter")
        form = page.locator("form.panel")
        fill(form, {**values, name: wrong})
        send(form)
        refused = form.locator(f"div:has(> [name={name}], > .date-field > [name={name}])")
        expect(refused.locator(".errorlist")).not_to_be_empty()
        expect(form.locator(":focus")).to_have_attribute("name", name)
        fill(form, {name: values[name]})
        send(form)
        page.wait_for_url(f"**/settings/{section.code}/")
        expect(page.locator("main table").first).to_contain_text(shown)
        expect(page.get_by_role("heading", name=_("Last changes"))).to_be_visible()
    console.clear()  # the refusals were the point


def test_a_switch_out_of_reason_is_refused_and_a_right_one_kept(at, console):
    page = at("sysadmin").go("/settings/process/")
    form = page.locator("form.panel")
    fill(form, {"warn_share": "1"})
    send(form)
    expect(form.locator("div:has(> [name=warn_share]) .errorlist")).not_to_be_empty()
    console.clear()
    fill(form, {"warn_share": "0.75", "approves": "city"})
    send(form)
    expect(page.locator(".notice-success, .toast, #toasts .notice")).to_be_visible()
    expect(page.locator("[name=warn_share]")).to_have_value("0.75")
    now = process()
    assert (str(now.warn_share), now.approves) == ("0.75", "city")


def test_a_campaign_is_made_counts_a_report_and_is_ended(cast, begun, at, console):
    leader, today = at("shift_leader"), timezone.localdate()
    page = leader.go("/campaigns/")
    page.get_by_role("link", name=_("New campaign")).press("Enter")
    form = page.locator("form.campaign-form")
    # Cases begin a while ago: soon after midnight that is yesterday.
    first, last = today - timedelta(days=1), today + timedelta(days=9)
    fill(form, {"name_zh": "井盖专项整治", "first_day": f"{first}", "last_day": f"{last}"})
    send(form)
    expect(form.locator("fieldset .errorlist")).to_have_count(2)  # no class, and not everywhere
    console.clear()
    expect(form.locator("[name=name_zh]")).to_have_value("井盖专项整治")
    form.get_by_label(f"{cast.cover.code} {cast.cover}").first.press("Space")
    form.get_by_label(cast.district.name).press("Space")
    send(form)
    page.wait_for_url("**/campaigns/")
    expect(page.locator("tbody tr")).to_contain_text("井盖专项整治")
    row = Campaign.objects.get()
    case, other = begun(State.CLOSED), begun(State.REGISTERED, cell=1, class_code=cast.litter)
    assert leader.stored(case, "campaign") == (row,)
    assert leader.stored(other, "campaign") == (None,)
    page = leader.go("/campaigns/")
    page.locator("tbody a").press("Enter")
    expect(page.locator(".ledger-sums dd")).to_have_text(["1", "1", "1", "0", "100.00 %"])
    page.locator("#main").get_by_role("link", name=_("Cases"), exact=True).press("Enter")
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(leader.head).to_contain_text("井盖专项整治")
    page = leader.go(f"/campaigns/{row.pk}/")
    page.get_by_role("button", name=_("End now")).press("Enter")
    expect(page.locator("main")).to_contain_text(pgettext("campaign", "over"))
    expect(page.get_by_role("button", name=_("End now"))).to_have_count(0)
    leader.stored(row)
    assert row.closed_at is not None

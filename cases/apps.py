from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    name = "cases"

    def ready(self):
        from cases.configuration import sections
        from cases.finding.on_cells import count_open
        from cases.finding.queries import source_choices
        from cases.finding.queues import ANY
        from cases.standards import receivers  # noqa: F401 - to connect them
        from cases.timers import watch
        from citymgmt.accounts import desks, navigation, services
        from citymgmt.accounts.posts import (
            ASK_CONTROL,
            MANAGE_CAMPAIGNS,
            MANAGE_STANDARDS,
            SEE_LEDGERS,
            SEE_MAP,
        )
        from citymgmt.accounts.verbs import AUDIT
        from citymgmt.lib import clock
        from grid import dependants, section

        AUDIT["add_photos"] = _("Added photos to a case")
        AUDIT["export_ledger"] = _("Exported a ledger")
        AUDIT["change_setting"] = _("Changed a setting")
        AUDIT["begin_edition"] = _("Put an edition into force from a day on")
        AUDIT["withdraw_edition"] = _("Took an edition out of use")
        AUDIT["recompute_deadlines"] = _("Recomputed deadlines")
        AUDIT["resume_timers"] = _("Let the timers go on")
        AUDIT["take_back_overdue"] = _("Took overdue marks back")
        clock.watched_by(watch.is_right)
        services.offer_sources(source_choices)
        sections.enter()
        navigation.register(
            "cases:settings:index", _("Settings"), "sliders", [MANAGE_STANDARDS], order=66
        )
        navigation.register(
            "cases:ledgers:index", _("Ledgers"), "journal-text", [SEE_LEDGERS], order=55
        )

        navigation.register(
            "cases:campaigns", _("Campaigns"), "flag", [MANAGE_CAMPAIGNS, SEE_LEDGERS], order=57
        )

        # They keep the cell that was valid when they were reported, so nothing moves.
        dependants.register("open_cases", _("Open cases"), count_open)

        askers = [ASK_CONTROL, "approve"]
        section.register("cases:controls", _("Control areas"), askers, order=30)
        for post in ("acceptor", "shift_leader", "dispatcher", "inspector"):
            desks.register(post, "cases:desk")
        navigation.register("cases:desk", _("Desk"), "inboxes", ANY, order=10)
        readers = [SEE_MAP, MANAGE_STANDARDS]
        navigation.register("cases:standards", _("Standards"), "book", readers, order=65)
        navigation.register("cases:search", _("Cases"), "list-ul", ANY | {"assign"}, order=20)

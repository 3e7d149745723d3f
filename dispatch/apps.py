from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DispatchConfig(AppConfig):
    name = "dispatch"
    verbose_name = _("Dispatch")

    def ready(self):
        from dispatch.choosing import offers
        from dispatch.notices import settings
        from dispatch.oversight import ledgers as ledgers_of_oversight
        from dispatch.oversight import receivers as _oversight  # noqa: F401
        from dispatch.requests import ledgers as ledgers_of_requests
        from dispatch.requests import receivers as _requests  # noqa: F401
        from dispatch.shifts import held as _held  # noqa: F401

        offers.register()
        ledgers_of_requests.enter()
        ledgers_of_oversight.enter()
        settings.enter()
        self._enter_menu()

    @staticmethod
    def _enter_menu():
        from citymgmt.accounts import desks, navigation
        from citymgmt.accounts.posts import SEE_WALL
        from dispatch.routing.rules import READERS
        from grid import section

        desks.register("leader", "dispatch:overview")
        desks.register("screen", "dispatch:wall")
        desks.register("liaison", "dispatch:terminal")
        desks.register("handler", "dispatch:terminal")
        navigation.register("dispatch:terminal", _("Terminal"), "tools", ["assign", "dispose"], 12)
        desks.register("collector", "dispatch:field:tasks")
        navigation.register("dispatch:field:tasks", _("Collector"), "phone", ["verify"], 15)
        navigation.register(
            "dispatch:hand_over", _("Hand over"), "arrow-left-right", ["hand_over"], 17
        )
        navigation.register("dispatch:overview", _("Overview"), "speedometer2", ["instruct"], 20)
        navigation.register("dispatch:wall", _("Wall"), "display", [SEE_WALL], 60)
        answers = _("Who answers where")
        section.register("dispatch:responsibilities", answers, READERS, order=35)
        section.register("dispatch:routing", _("Routing rules"), READERS, order=36)

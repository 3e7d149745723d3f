from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    name = "cases"

    def ready(self):
        from cases.queues import ANY
        from citymgmt.accounts import desks, navigation

        for post in ("acceptor", "shift_leader", "dispatcher", "inspector"):
            desks.register(post, "cases:desk")
        navigation.register("cases:desk", _("Desk"), "inboxes", ANY, order=10)
        navigation.register("cases:search", _("Cases"), "list-ul", ANY | {"assign"}, order=20)

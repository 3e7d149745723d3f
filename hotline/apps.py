from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HotlineConfig(AppConfig):
    name = "hotline"
    verbose_name = _("Hotline")

    def ready(self):
        from cases.presenting import beside
        from citymgmt.accounts import navigation, posts
        from citymgmt.accounts.verbs import AUDIT
        from hotline.calls import ledgers
        from hotline.citizens import receivers, reporters

        ledgers.enter()
        receivers.connect()
        beside.block("hotline/calls/parts/reporters.html", reporters.block)
        beside.lines(reporters.lines)
        AUDIT["show_phone"] = _("Showed the number of a caller")
        navigation.register("hotline:desk", _("Hotline"), "telephone", {posts.TAKE_CALLS}, order=30)

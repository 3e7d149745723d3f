from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HotlineConfig(AppConfig):
    name = "hotline"
    verbose_name = _("Hotline")

    def ready(self):
        from citymgmt.accounts import navigation, posts
        from hotline import ledgers, life

        ledgers.enter()
        life.register()
        navigation.register("hotline:desk", _("Hotline"), "telephone", {posts.TAKE_CALLS}, order=30)

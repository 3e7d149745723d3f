from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from citymgmt.accounts import navigation
from citymgmt.accounts.posts import SEE_MAP
from citymgmt.accounts.verbs import AUDIT


class GridConfig(AppConfig):
    name = "grid"

    def ready(self):
        AUDIT["change_grid"] = _("Changed the grid")
        navigation.register("grid:map", _("Map"), "map", [SEE_MAP], order=40)

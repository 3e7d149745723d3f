from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from citymgmt.accounts import navigation
from citymgmt.accounts.posts import MANAGE_COMPONENTS, SEE_MAP


class InventoryConfig(AppConfig):
    name = "inventory"

    def ready(self):
        from grid import dependants
        from inventory.components import grid_moves

        dependants.register(
            "components", _("Components"), grid_moves.count, grid_moves.move, grid_moves.outside
        )
        verbs = [SEE_MAP, MANAGE_COMPONENTS]
        navigation.register("inventory:components", _("Components"), "lamp", verbs, order=60)

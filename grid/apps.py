from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from citymgmt.accounts import navigation
from citymgmt.accounts.posts import ASK_CONTROL, MANAGE_GRID, MANAGE_ROTA, SEE_MAP


class GridConfig(AppConfig):
    name = "grid"

    def ready(self):
        from grid import section

        navigation.register("grid:map", _("Map"), "map", [SEE_MAP], order=40)
        verbs = [MANAGE_GRID, MANAGE_ROTA, ASK_CONTROL, "approve"]
        navigation.register("grid:section", _("Grid and duty"), "grid-3x3", verbs, order=62)
        section.register("grid:rota", _("Rota"), [MANAGE_ROTA], order=10)
        section.register("grid:shifts", _("Shifts"), [MANAGE_GRID, MANAGE_ROTA], order=15)
        section.register("grid:duty_grids", _("Duty grids"), [MANAGE_GRID], order=20)
        section.register("grid:area_classes", _("Area classes"), [MANAGE_GRID], order=40)
        above = _("Management and evaluation grids")
        section.register("grid:above", above, [MANAGE_GRID], order=45)
        section.register("grid:edit", _("Change unit grids"), [MANAGE_GRID], order=50)
        section.register("grid:build", _("Build a grid"), [MANAGE_GRID], order=55)
        section.register("grid:check", _("Check the grid"), [MANAGE_GRID], order=60)

from django.urls import path

from grid import section
from grid.above import views as above_views
from grid.areas import views as class_views
from grid.change import views as edit_views
from grid.duty import views as duty_views
from grid.jobs import build_views, check_views
from grid.map import views as map_views
from grid.rota import views as rota_views

app_name = "grid"
urlpatterns = [
    path("map/", map_views.map_page, name="map"),
    path("map/base.json", map_views.base_json, name="base_json"),
    path("map/roads.json", map_views.roads_json, name="roads_json"),
    path("map/cells.json", map_views.cells_json, name="cells_json"),
    path("map/cells/<str:code>/", map_views.cell_card, name="cell_card"),
    path("map/duty.json", duty_views.duty_json, name="duty_json"),
    path("map/duty/<str:code>/", duty_views.duty_card, name="duty_card"),
    path("map/management.json", above_views.management_json, name="management_json"),
    path("map/evaluation.json", above_views.evaluation_json, name="evaluation_json"),
    path("grid/", section.index, name="section"),
    path("grid/duty/", duty_views.duty_grids, name="duty_grids"),
    path("grid/duty/mend/<str:street>/", duty_views.mend, name="mend"),
    path("grid/duty/<str:code>/", duty_views.duty_grid, name="duty_grid"),
    path("grid/duty/<str:code>/people/", duty_views.duty_people, name="duty_people"),
    path("grid/rota/", rota_views.week, name="rota"),
    path("grid/rota/copy/", rota_views.copy, name="rota_copy"),
    path("grid/rota/<str:code>/<slug:shift>/<str:day>/", rota_views.cell, name="rota_cell"),
    path("grid/shifts/", rota_views.shifts, name="shifts"),
    path("grid/shifts/usual/", rota_views.usual_shifts, name="usual_shifts"),
    path("grid/shifts/<slug:code>/", rota_views.shifts, name="shift"),
    path("grid/classes/", class_views.area_classes, name="area_classes"),
    path("grid/classes/<str:code>/", class_views.area_classes, name="area_class"),
    path("grid/above/", above_views.above, name="above"),
    path("grid/above/build/", above_views.build, name="build_above"),
    path("grid/build/", build_views.build, name="build"),
    path("grid/build/<int:pk>/", build_views.job, name="job"),
    path("grid/build/<int:pk>/apply/", build_views.apply, name="job_apply"),
    path("grid/build/<int:pk>/cells.json", build_views.preview_json, name="job_cells"),
    path("grid/jobs/<int:pk>/progress/", build_views.progress, name="job_progress"),
    path("grid/jobs/<int:pk>/cancel/", build_views.cancel, name="job_cancel"),
    path("grid/check/", check_views.check, name="check"),
    path("grid/check/<int:pk>/", check_views.check, name="check_job"),
    path("grid/check/<int:pk>/findings.csv", check_views.findings_csv, name="findings_csv"),
    path("grid/edit/", edit_views.edit, name="edit"),
    path("grid/edit/preview/", edit_views.preview, name="edit_preview"),
    path("grid/edit/apply/", edit_views.apply, name="edit_apply"),
]

from django.urls import path

from grid import views

app_name = "grid"
urlpatterns = [
    path("map/", views.map_page, name="map"),
    path("map/base.json", views.base_json, name="base_json"),
    path("map/cells.json", views.cells_json, name="cells_json"),
    path("map/cells/<str:code>/", views.cell_card, name="cell_card"),
]

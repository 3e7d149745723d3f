from django.urls import include, path

from cases.campaigns import views as campaign_views
from cases.controls import views as control_views
from cases.desk import machine_views, map_views, views
from cases.standards import edition_views
from cases.standards import views as standard_views
from cases.table import views as table_views
from cases.timers import views as timer_views

app_name = "cases"
urlpatterns = [
    path("desk/", views.desk, name="desk"),
    path("desk/new/", views.new, name="new"),
    path("desk/new/classes/", views.classes, name="classes"),
    path("desk/new/places/", views.places, name="places"),
    path("desk/new/near/", views.near, name="near"),
    *campaign_views.urlpatterns,
    *control_views.urlpatterns,
    *machine_views.urlpatterns,
    *map_views.urlpatterns,
    *standard_views.urlpatterns,
    *edition_views.urlpatterns,
    path("settings/", include("cases.configuration.urls")),
    path("timers/", timer_views.timers, name="timers"),
    path("timers/resume/", timer_views.resume, name="resume_timers"),
    path("ledgers/", include("cases.ledgers.urls")),
    path("cases/", views.search, name="search"),
    path("cases/several/", table_views.several, name="several"),
    path("cases/<str:number>/", views.case, name="case"),
    path("cases/<str:number>/clock/", views.clock, name="clock"),
    path("cases/<str:number>/mains/", views.mains, name="mains"),
    path("cases/<str:number>/beside/", views.beside, name="beside"),
    path("cases/<str:number>/map.json", views.case_map, name="map"),
    path("cases/<str:number>/cell.json", views.case_cell, name="cell"),
    path("cases/<str:number>/do/<str:action>/", views.do, name="do"),
    path("photos/<uuid:uuid>/", views.photo, name="photo"),
    path("photos/<uuid:uuid>/thumb/", views.thumb, name="thumb"),
]

from django.urls import path

from dispatch.field import data, shell, views

app_name = "field"
urlpatterns = [
    path("", views.tasks, name="tasks"),
    path("tasks/", views.task_list, name="task_list"),
    path("report/", views.report, name="report"),
    path("map/", views.map_page, name="map"),
    path("me/", views.me, name="me"),
    path("help/", views.help_page, name="help"),
    path("duty/", views.duty, name="duty"),
    path("cases/<str:number>/", views.case, name="case"),
    path("cases/<str:number>/mark/", views.mark, name="mark"),
    path("classes.json", data.classes, name="classes"),
    path("place.json", data.place, name="place"),
    path("known.json", data.known, name="known"),
    path("count.json", data.count, name="count"),
    path("cases.json", data.cases, name="cases"),
    path("grids.json", data.grids, name="grids"),
    path("position/", data.position, name="position"),
    path("worker.js", shell.worker, name="worker"),
    path("manifest.webmanifest", shell.manifest, name="manifest"),
]

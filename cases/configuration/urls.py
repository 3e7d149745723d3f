from django.urls import path

from cases.configuration import views

app_name = "settings"
urlpatterns = [
    path("", views.index, name="index"),
    path("process/", views.switches, name="switches"),
    path("deadlines/", views.recompute, name="deadlines"),
    path("<slug:code>/", views.section, name="section"),
    path("<slug:code>/new/", views.edit, name="new"),
    path("<slug:code>/<int:pk>/", views.edit, name="edit"),
    path("<slug:code>/<int:pk>/delete/", views.delete, name="delete"),
]

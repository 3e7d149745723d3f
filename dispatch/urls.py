from django.urls import include, path

from dispatch import responsibility_views, views

app_name = "dispatch"
urlpatterns = [
    path("terminal/", views.terminal, name="terminal"),
    *responsibility_views.urlpatterns,
    path("", include("dispatch.command.urls")),
    path("field/", include("dispatch.field.urls")),
]

from django.urls import include, path

from dispatch import views

app_name = "dispatch"
urlpatterns = [
    path("terminal/", views.terminal, name="terminal"),
    path("", include("dispatch.command.urls")),
    path("field/", include("dispatch.field.urls")),
]

from django.urls import include, path

from dispatch import responsibility_views, routing_views, shift_views, views
from dispatch.notices import views as notices

app_name = "dispatch"
urlpatterns = [
    path("terminal/", views.terminal, name="terminal"),
    *responsibility_views.urlpatterns,
    *routing_views.urlpatterns,
    *shift_views.urlpatterns,
    path("", include("dispatch.command.urls")),
    *notices.urlpatterns,
    path("field/", include("dispatch.field.urls")),
]

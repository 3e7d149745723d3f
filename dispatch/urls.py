from django.urls import include, path

from dispatch.notices import views as notices
from dispatch.responsibilities import views as responsibility_views
from dispatch.routing import views as routing_views
from dispatch.shifts import views as shift_views
from dispatch.terminal import views

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

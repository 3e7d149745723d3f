from django.urls import include, path

from hotline.calls import call_back_views as backs
from hotline.calls import views

app_name = "hotline"
urlpatterns = [
    path("hotline/", views.desk, name="desk"),
    path("hotline/caller/", views.caller, name="caller"),
    path("hotline/nearby/", views.nearby, name="nearby"),
    path("hotline/classes.json", views.classes, name="classes"),
    path("hotline/places.json", views.places, name="places"),
    path("hotline/calls/", views.calls, name="calls"),
    path("hotline/calls/<int:pk>/", views.call, name="call"),
    path("hotline/call-backs/", backs.call_backs, name="call_backs"),
    path("hotline/call-backs/<int:pk>/", backs.call_back_done, name="call_back_done"),
    path("hotline/call-backs/<str:number>/<int:citizen>/", backs.call_back, name="call_back"),
    path("hotline/phones/<str:number>/<int:citizen>/", backs.phone, name="phone"),
    path("public/", include("hotline.portal.urls")),
]

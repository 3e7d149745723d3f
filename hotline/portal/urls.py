from django.urls import path

from hotline.portal import views

app_name = "portal"
urlpatterns = [
    path("", views.report, name="report"),
    path("sent/", views.sent, name="sent"),
    path("place.json", views.place, name="place"),
    path("known/", views.known, name="known"),
    path("track/", views.track, name="track"),
    path("nearby/", views.around, name="around"),
    path("base.json", views.base, name="base"),
]

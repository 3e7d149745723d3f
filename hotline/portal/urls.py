from django.urls import path

from hotline.portal import tracking, views

app_name = "portal"
urlpatterns = [
    path("", views.report, name="report"),
    path("sent/", views.sent, name="sent"),
    path("place.json", views.place, name="place"),
    path("known/", views.known, name="known"),
    path("track/", tracking.track, name="track"),
    path("track/answer/", tracking.answer, name="answer"),
    path("track/photo/<uuid:uuid>/", tracking.photo, name="photo"),
    path("nearby/", views.around, name="around"),
    path("base.json", views.base, name="base"),
]

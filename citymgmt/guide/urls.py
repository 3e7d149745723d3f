from django.urls import path

from citymgmt.guide import views

app_name = "guide"
urlpatterns = [
    path("", views.own, name="own"),
    path("<slug:name>/", views.page, name="page"),
    path("<slug:name>/<slug:picture>.png", views.picture, name="picture"),
]

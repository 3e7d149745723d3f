"""One-click sign-in; included only where DEMO is set."""

from django.urls import path

from citymgmt.demo.people import views

app_name = "demo"
urlpatterns = [path("accounts/demonstration/", views.choose, name="choose")]

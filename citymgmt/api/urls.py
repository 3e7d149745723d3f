"""Addresses under /api/v1/."""

from django.urls import path

from citymgmt.api import fixed, ref
from citymgmt.api.cases import (
    ActionView,
    CasesView,
    CaseView,
    LocateView,
    NearbyView,
    PhotosView,
    TokenView,
    WaitingView,
)

app_name = "api"
REFERENCES = {
    "sources": ref.SourcesView,
    "classes": ref.ClassesView,
    "conditions": ref.ConditionsView,
    "editions": ref.EditionsView,
    "standards": ref.StandardsView,
    "areas": ref.AreasView,
    "departments": ref.DepartmentsView,
    "reasons": fixed.ReasonsView,
    "actions": fixed.ActionsView,
}

urlpatterns = [
    path("token/", TokenView.as_view()),
    path("locate/", LocateView.as_view()),
    path("photos/", WaitingView.as_view()),
    path("cases/", CasesView.as_view(), name="cases"),
    path("cases/nearby/", NearbyView.as_view()),
    path("cases/<str:number>/", CaseView.as_view()),
    path("cases/<str:number>/actions/<str:action>/", ActionView.as_view(), name="action"),
    path("cases/<str:number>/photos/", PhotosView.as_view()),
    *(path(f"ref/{name}/", view.as_view()) for name, view in REFERENCES.items()),
]

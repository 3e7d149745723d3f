"""Addresses under /api/v1/."""

from django.urls import path

from citymgmt.api import ref
from citymgmt.api.cases import (
    ActionView,
    CasesView,
    CaseView,
    LocateView,
    NearbyView,
    PhotosView,
    TokenView,
)

REFERENCES = {
    "sources": ref.SourcesView,
    "classes": ref.ClassesView,
    "conditions": ref.ConditionsView,
    "areas": ref.AreasView,
    "departments": ref.DepartmentsView,
    "reasons": ref.ReasonsView,
    "actions": ref.ActionsView,
}

urlpatterns = [
    path("token/", TokenView.as_view()),
    path("locate/", LocateView.as_view()),
    path("cases/", CasesView.as_view()),
    path("cases/nearby/", NearbyView.as_view()),
    path("cases/<str:number>/", CaseView.as_view()),
    path("cases/<str:number>/actions/<str:action>/", ActionView.as_view()),
    path("cases/<str:number>/photos/", PhotosView.as_view()),
    *(path(f"ref/{name}/", view.as_view()) for name, view in REFERENCES.items()),
]

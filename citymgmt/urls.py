"""Every address of the product, app by app."""

from django.conf import settings
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny

from citymgmt.accounts.access import login_required
from citymgmt.accounts.views import home


def description_patterns(shown: bool):
    """What the interface is like: for whoever is signed in or has a token, or not at all."""
    if not shown:
        return []
    page = SpectacularSwaggerSplitView.as_view(url_name="schema", permission_classes=[AllowAny])
    return [
        path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
        path("api/docs/", login_required(page), name="api_docs"),
    ]


def demonstration_patterns(shown: bool):
    """One-click sign-in has no address at all on a real installation."""
    return [path("", include("citymgmt.demo.urls"))] if shown else []


urlpatterns = [
    path("", home, name="home"),
    *demonstration_patterns(settings.DEMO),
    path("accounts/", include("citymgmt.accounts.urls")),
    path("help/", include("citymgmt.guide.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("grid.urls")),
    path("", include("inventory.urls")),
    path("", include("cases.urls")),
    path("", include("dispatch.urls")),
    path("", include("hotline.urls")),
    path("", include("evaluation.urls")),
    path("api/v1/", include("citymgmt.api.urls")),
    *description_patterns(settings.API_DOCS),
]

handler500 = "citymgmt.lib.outages.server_error"

"""Every address of the product, app by app."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from citymgmt.accounts.views import home

urlpatterns = [
    path("", home, name="home"),
    path("accounts/", include("citymgmt.accounts.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("grid.urls")),
    path("", include("inventory.urls")),
    path("", include("cases.urls")),
    path("", include("dispatch.urls")),
    path("", include("hotline.urls")),
    path("", include("evaluation.urls")),
    path("api/v1/", include("citymgmt.api.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="api_docs"),
]

handler500 = "citymgmt.lib.outages.server_error"

"""What makes the pages an app on the phone: manifest, service worker, the files it keeps."""

import hashlib
import json
from pathlib import Path

from django.conf import settings
from django.http import JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from citymgmt.lib import guides

PAGES = ("tasks", "report", "map", "me")
KEPT = (
    "bootstrap/css/bootstrap.min.css", "bootstrap-icons/bootstrap-icons.min.css",
    "bootstrap-icons/fonts/bootstrap-icons.woff2", "leaflet/leaflet.css", "leaflet/leaflet.js",
    "markercluster/MarkerCluster.css", "markercluster/leaflet.markercluster.js",
    "django_htmx/htmx-2.min.js", "idb/index.js", "img/favicon.svg", "img/logo.svg",
)  # fmt: skip
OWN = ("css/*.css", "js/lib/*.js", "js/field*.js", "js/field/*.js")


def files() -> list[str]:
    """Addresses of every static file that the pages need, under the names they have now."""
    root = Path(settings.BASE_DIR) / "static"
    own = [path.relative_to(root).as_posix() for part in OWN for path in sorted(root.glob(part))]
    return [static(name) for name in (*KEPT, *own)]


@require_GET
def worker(request):
    """The service worker; another set of files makes another worker, which renews the cache."""
    kept = files()
    data = [reverse(f"dispatch:field:{name}") for name in ("grids", "classes")]
    data.append(reverse("grid:base_json"))
    data += [reverse("dispatch:field:help"), *guides.pictures_of("collector")]
    setup = {
        "version": hashlib.sha256("\n".join(kept).encode()).hexdigest()[:12],
        "files": kept,
        "pages": [reverse(f"dispatch:field:{name}") for name in PAGES] + data,
        "scope": reverse("dispatch:field:tasks"),
        "static": settings.STATIC_URL,
    }
    said = {"setup": json.dumps(setup)}
    response = render(request, "dispatch/field/worker.js", said, content_type="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


@require_GET
def manifest(request):
    icon = {"src": static("img/logo.svg"), "sizes": "any", "type": "image/svg+xml"}
    home = reverse("dispatch:field:tasks")
    said = {
        "name": _("City management"), "short_name": _("Collector"), "start_url": home,
        "scope": home, "id": home, "display": "standalone", "orientation": "portrait",
        "theme_color": "#16273a", "background_color": "#f5f6f8", "icons": [icon],
    }  # fmt: skip
    return JsonResponse(said, content_type="application/manifest+json")

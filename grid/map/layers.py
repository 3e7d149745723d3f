"""What every map layer answers with: a box in, features out, refusals as JSON.

Positions go out with seven decimals, about a centimetre.
"""

import hashlib
import json
from functools import wraps

import shapely
from django.contrib.gis.geos import Polygon
from django.http import JsonResponse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from citymgmt.accounts.access import needs
from citymgmt.accounts.posts import SEE_MAP
from citymgmt.lib.addresses import key_of
from citymgmt.lib.errors import BadInput, Refused
from grid.geometry import STORED, check_lon_lat

PRECISION = 1e-7
MAX_ZOOM = 22


def layer(view, kept=True):
    """Decorator of a layer's view: GET, `see_map`, gzip, refusals as {"detail", "code", "fields"}.

    The view answers a dict; it is sent as JSON that only this browser may keep, and not sent
    again while its ETag is the same. `kept` is False for what tells of cases: see `case_layer`.
    """

    @wraps(view)
    def answer(request, *args, **kwargs):
        try:
            response = JsonResponse(view(request, *args, **kwargs))
        except Refused as refused:
            response = _say(refused)
        response["Cache-Control"] = "private, no-cache" if kept else "no-store, private"
        tag = hashlib.sha256(response.content).hexdigest()
        response["ETag"] = quote_etag(tag)
        return get_conditional_response(request, etag=response["ETag"], response=response)

    return require_GET(needs(SEE_MAP)(gzip_page(answer)))


def case_layer(view):
    """The same for what no browser keeps: a desk is shared, and its cases are its owner's."""
    return layer(view, kept=False)


def _say(refused):
    problem = {"detail": str(refused.detail), "code": refused.code, "fields": refused.fields}
    return JsonResponse(problem, status=refused.status)


def read_bbox(request) -> Polygon:
    """`bbox=west,south,east,north` in degrees as a stored polygon; BadInput when it is none."""
    text = request.GET.get("bbox", "")
    try:
        west, south, east, north = (float(part) for part in text.split(","))
        for lon, lat in ((west, south), (east, north)):
            check_lon_lat(lon, lat)
    except ValueError as error:
        raise _bad_bbox() from error
    if not (west < east and south < north):
        raise _bad_bbox()
    box = Polygon.from_bbox((west, south, east, north))
    box.srid = STORED
    return box


def _bad_bbox():
    reason = _("bbox must be west,south,east,north in degrees.")
    return BadInput(reason, "bad_bbox", {"bbox": [reason]})


def read_zoom(request) -> int:
    text = request.GET.get("zoom", "17")
    zoom = key_of(text)
    if zoom is None or zoom > MAX_ZOOM:
        reason = _("zoom must be a whole number from 0 to %s.") % MAX_ZOOM
        raise BadInput(reason, "bad_zoom", {"zoom": [reason]})
    return zoom


def feature(geometry, **properties) -> dict:
    """A GeoJSON feature of a geometry of GeoDjango's or shapely's in stored degrees."""
    shape = geometry if isinstance(geometry, shapely.Geometry) else _shape(geometry)
    # Pointwise: rounding must not tear shared borders apart by repairing each side alone.
    rounded = shapely.set_precision(shape, PRECISION, mode="pointwise")
    return {
        "type": "Feature",
        "geometry": json.loads(shapely.to_geojson(rounded)),
        "properties": properties,
    }


def _shape(geometry):
    return shapely.from_wkb(bytes(geometry.wkb))


def point_feature(lon, lat, **properties) -> dict:
    place = [round(lon, 7), round(lat, 7)]
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": place},
        "properties": properties,
    }


def collection(features, **extra) -> dict:
    return {"type": "FeatureCollection", "features": list(features), **extra}

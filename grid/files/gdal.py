"""GDAL with most of its doors shut: whoever reads files of others takes `pyogrio` from here.

As it comes, GDAL opens what a file's content asks for, whatever its name: a VRT or a service
description named .geojson makes the server read its own files, or call an inner address. Here only
the drivers of `settings.GIS_DRIVERS` are left, none of its file systems but memory and archives,
and nothing is fetched.
"""

import ctypes

import pyogrio
import pyproj.network
from django.conf import settings
from django.contrib.gis.gdal.libgdal import lgdal
from django.core.exceptions import ImproperlyConfigured

__all__ = ["pyogrio"]

SYSTEMS_LEFT = {"/vsimem/", "/vsizip/"}
_Fetch = ctypes.CFUNCTYPE(
    ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p,
    ctypes.c_void_p, ctypes.c_void_p,
)  # fmt: skip


class _Result(ctypes.Structure):
    """The beginning of a CPLHTTPResult, which GDAL frees with its text."""

    _fields_ = [
        ("status", ctypes.c_int), ("kind", ctypes.c_void_p), ("error", ctypes.c_void_p),
    ]  # fmt: skip


RESULT_BYTES = 256  # more than the whole structure has


@_Fetch
def _fetch_nothing(_url, _options, _progress, _progress_arg, _write, _write_arg):
    """In the place of GDAL's own HTTP: a failure. No result at all would let GDAL fetch itself."""
    place = lgdal.VSICalloc(1, RESULT_BYTES)
    result = ctypes.cast(place, ctypes.POINTER(_Result)).contents
    result.status, result.error = 1, lgdal.CPLStrdup(b"nothing is fetched")
    return place


def drivers() -> set[str]:
    """Names of the vector drivers that are left."""
    return set(pyogrio.list_drivers())


def file_systems() -> set[str]:
    """Beginnings of paths that are no paths of the machine."""
    lgdal.VSIGetFileSystemsPrefixes.restype = ctypes.POINTER(ctypes.c_char_p)
    lgdal.CSLDestroy.argtypes = [ctypes.POINTER(ctypes.c_char_p)]
    found, names, at = lgdal.VSIGetFileSystemsPrefixes(), set(), 0
    while found[at]:
        names.add(found[at].decode())
        at += 1
    lgdal.CSLDestroy(found)
    return names


def _shut() -> None:
    """ImproperlyConfigured where the library of pyogrio is another than Django's."""
    lgdal.VSICalloc.restype = lgdal.CPLStrdup.restype = ctypes.c_void_p
    lgdal.VSICalloc.argtypes = [ctypes.c_size_t, ctypes.c_size_t]
    barred = drivers() - set(settings.GIS_DRIVERS)
    for name in barred:
        _deregister(name)
    # Whoever registers all drivers again does not bring these back.
    pyogrio.set_gdal_config_options({"GDAL_SKIP": ",".join(sorted(barred))})
    for name in file_systems() - SYSTEMS_LEFT:
        lgdal.VSIRemovePluginHandler(name.encode())
    lgdal.CPLHTTPSetFetchCallback(_fetch_nothing, None)
    pyproj.network.set_network_enabled(active=False)
    if left := drivers() - set(settings.GIS_DRIVERS):
        names = ", ".join(sorted(left))
        raise ImproperlyConfigured(f"GDAL_LIBRARY_PATH is not the library of pyogrio: {names}")


def _deregister(name: str) -> None:
    lgdal.GDALGetDriverByName.restype = ctypes.c_void_p
    lgdal.GDALDeregisterDriver.argtypes = [ctypes.c_void_p]
    lgdal.GDALDeregisterDriver(lgdal.GDALGetDriverByName(name.encode()))


_shut()

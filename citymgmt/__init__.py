"""The project: settings, addresses, and the composition of the apps. No domain logic."""

from citymgmt.celery import app as celery_app

__all__ = ["celery_app"]

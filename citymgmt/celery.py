"""The one Celery application of both profiles.

In the full profile a worker and a beat process serve it over Redis. In the embedded
profile the same tasks and the same schedule run inside the web process
(`citymgmt.lib.embedded`).
"""

import os

from celery import Celery

from citymgmt.lib import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "citymgmt.settings")

broker.install()
app = Celery("citymgmt")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

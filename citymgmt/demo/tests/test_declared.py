"""What a city without DEMO does not have, and what lower apps see of a demonstration."""

import os
import subprocess
import sys

import pytest

from cases.timers import watch
from citymgmt.celery import app
from citymgmt.demo.people.staff import make_people
from citymgmt.demo.tasks import live_step

SCHEDULE = "from django.conf import settings; print('life' in settings.CELERY_BEAT_SCHEDULE)"


@pytest.mark.parametrize(("demo", "there"), [("1", "True"), ("0", "False")])
def test_the_life_of_a_demonstration_is_in_no_other_schedule(demo, there):
    env = os.environ | {"DEMO": demo, "DJANGO_SETTINGS_MODULE": "citymgmt.settings"}
    command = [sys.executable, "-c", SCHEDULE]
    said = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == there


def test_a_worker_knows_the_life_by_the_name_in_the_schedule():
    app.loader.import_default_modules()
    assert app.tasks["dispatch.tasks.live_step"].name == live_step.name


def test_nobody_attends_to_a_demonstration(db, settings):
    settings.DEMO = True
    assert not watch.unattended()
    make_people(streets=[])
    assert watch.unattended()
    settings.DEMO = False
    assert not watch.unattended()

"""Rounds that no worker took do not pile up behind it."""

from django.conf import settings


def test_a_round_is_dropped_when_the_next_one_comes():
    for name, row in settings.CELERY_BEAT_SCHEDULE.items():
        assert 0 < row["options"]["expires"] <= row["schedule"].total_seconds(), name

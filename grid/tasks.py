"""What the beat does: changes planned for a day come into force. And long work for a page."""

from celery import shared_task

from citymgmt.lib.clock import by_the_clock
from grid.areas import classes
from grid.change import actions as changing
from grid.duty import actions as duty
from grid.jobs import actions as jobs


@shared_task
@by_the_clock
def settle():
    """Unit grids, duty grids and area classes as dated rows say today; the numbers changed."""
    changes = changing.settle_due()
    return {"changes": changes, "cells": duty.settle(), "areas": classes.settle()}


@shared_task
def run_job(pk: int):
    """A build or a check; how far it is stands in its row."""
    jobs.run(pk)


@shared_task
def begin_waiting():
    """Builds and checks that nobody has begun since they were asked for."""
    return jobs.begin_waiting()

"""What the beat does: changes planned for a day come into force."""

from celery import shared_task

from grid import changing, classes, duty


@shared_task
def settle():
    """Unit grids, duty grids and area classes as dated rows say today; the numbers changed."""
    changes = changing.settle_due()
    return {"changes": changes, "cells": duty.settle(), "areas": classes.settle()}

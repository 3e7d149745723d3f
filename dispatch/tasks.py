"""What the beat does: notices and their text messages."""

from celery import shared_task

from dispatch.notices import reader, sending


@shared_task
def tell_of_deadlines():
    """Notices of what the log says since the last round; how many."""
    return reader.read()


@shared_task
def send_messages():
    """Text messages that wait for the gateway."""
    return sending.send_waiting()

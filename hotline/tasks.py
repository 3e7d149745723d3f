"""What the beat does for citizens."""

from celery import shared_task

from hotline.citizens import messages


@shared_task
def send_messages():
    """Text messages that wait for the gateway."""
    return messages.send_waiting()

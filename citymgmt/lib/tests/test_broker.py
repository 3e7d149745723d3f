"""A worker whose Redis has died gives back what it holds, and waits."""

import pytest

from citymgmt.celery import app

NOWHERE = "redis://127.0.0.1:1/0"


def closed_channel(connection):
    """A channel of a connection that was dropped, as a worker has it after its broker died."""
    channel = object.__new__(connection.transport.Channel)
    channel.connection = connection.transport
    channel.connection.client = None
    return channel


def test_a_channel_of_a_dropped_connection_has_an_error_of_the_connection():
    with app.connection_for_read(NOWHERE) as connection:
        channel, expected = closed_channel(connection), connection.connection_errors
    with pytest.raises(expected):
        channel._create_client()

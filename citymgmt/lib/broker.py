"""Redis as the broker of a worker that outlives it.

When Redis dies, the worker drops its connection, and kombu gives back what was taken and is not
done through a channel whose connection is gone already. That ends in an AttributeError, which is
no error of a connection to anybody: it ended the worker, and no timer ran until a person saw it.
Here it is the error of a connection that it is, and the worker waits for its broker.
"""

from kombu.transport import TRANSPORT_ALIASES, redis


class Channel(redis.Channel):
    def _connparams(self, *args, **kwargs):
        if self.connection.client is None:
            raise ConnectionError("The connection of this channel was closed.")
        return super()._connparams(*args, **kwargs)


class Transport(redis.Transport):
    Channel = Channel


def install() -> None:
    """Take it for every address of Redis; before the first connection is made."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = "citymgmt.lib.broker:Transport"

"""Celery's Redis transport that drops unreadable messages.

Celery's own transport would end the worker.
"""

from __future__ import annotations

from typing import Any

import structlog
from kombu.transport import TRANSPORT_ALIASES
from kombu.transport import redis as kombu_redis

log = structlog.get_logger(__name__)


class Channel(kombu_redis.Channel):
    """Channel that survives whatever is in its queues."""

    def _brpop_read(self, **options: Any) -> Any:
        before = set(self.qos._delivered)
        try:
            return super()._brpop_read(**options)  # type: ignore[no-untyped-call]
        except self.connection_errors:
            raise
        # Not JSON, not a message, no body: it left the queue before it was read, so that it is gone once logged.
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            log.error("a message that cannot be read was dropped", reason=f"{type(error).__name__}: {error}"[:200])
            for tag in set(self.qos._delivered) - before:
                self.qos.ack(tag)
            return True


class Transport(kombu_redis.Transport):
    """Redis or Valkey."""

    Channel = Channel


def use() -> None:
    """Have kombu take this transport for `redis://` and `rediss://`."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:Transport"

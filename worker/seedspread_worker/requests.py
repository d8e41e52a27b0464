"""A message as Celery's main process holds it."""

from __future__ import annotations

from typing import Any

from celery.worker.request import Request


class RunRequest(Request):  # type: ignore[misc]  # Celery has no types
    """One whose acknowledgement may fail aloud.

    Celery logs and forgets a broker that went away just as a task was to be acknowledged. While every pool process is
    busy the worker isn't listening for messages, so nothing else would notice the lost connection: the message would
    stay unacknowledged, count against the prefetch limit, and no message would ever be taken again. Raised into the
    worker's loop, the same error has it connect anew.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **(options | {"connection_errors": ()}))

"""Celery application that senders and workers share."""

from __future__ import annotations

from celery import Celery

from seedspread.queue import transport
from seedspread.queue.address import broker_url
from seedspread.settings import AppSettings

TRAIN = "seedspread.train"
"""The one task: arguments are the run's id and the attempt that was queued."""

QUEUES = ("cpu", "gpu")

VISIBILITY_TIMEOUT_S = 12 * 3600
"""Far above the longest run: a broker that thinks a message lost hands it out again while it is still worked on."""


def make_celery(settings: AppSettings, *, socket_timeout_s: float | None = None) -> Celery:
    """Create a Celery application on the broker of `settings`.

    It connects on first use. Requests pass a socket timeout, so that a broker that hangs does not hold them; workers
    wait for messages without one.
    """
    transport.use()
    timeout = {} if socket_timeout_s is None else {"socket_timeout": socket_timeout_s}
    celery = Celery("seedspread", broker=broker_url(settings), set_as_current=False)
    celery.conf.update(
        task_queues={name: {"exchange": name, "exchange_type": "direct", "routing_key": name} for name in QUEUES},
        task_default_queue=QUEUES[0],
        # A misspelt queue must be an error: no worker would ever read it.
        task_create_missing_queues=False,
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        # A worker that is killed leaves its message to another one, and takes no more than it trains.
        task_acks_late=True,
        worker_prefetch_multiplier=1,
        # Workers report to the database; events through the broker would be a second, weaker account.
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        # The worker writes its own log lines, as JSON if so configured.
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        # The database reports its runs; cancelling here what runs would only train it twice.
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_proc_alive_timeout=60.0,
        broker_connection_retry=True,
        broker_connection_retry_on_startup=True,
        # A worker outlives any absence of its broker.
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": VISIBILITY_TIMEOUT_S,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            **timeout,
            "socket_connect_timeout": 3,
            "socket_keepalive": True,
            # Whoever sends hears at once that the broker is away; a worker's own loop goes on trying.
            "max_retries": 1,
            "interval_start": 0.1,
        },
    )
    return celery

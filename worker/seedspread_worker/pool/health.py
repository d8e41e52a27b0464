"""Health check: exit code 0 if a worker here is alive.

Run it as `python -m seedspread_worker.pool.health`.
"""

from __future__ import annotations

import argparse
import socket
import sys
from datetime import UTC, datetime

from seedspread.errors import SeedspreadError
from seedspread.queue.app import QUEUES
from seedspread.settings import AppSettings
from seedspread.storage import workers
from seedspread.storage.database import Database


def beating(database: Database, queue: str, host: str, now: datetime, silent_s: float) -> int:
    """Count a machine's workers on `queue` with a recent heartbeat.

    A recent heartbeat is at most `silent_s` seconds old.
    """
    with database.reading() as session:
        listed = workers.listed(session, now, silent_s)
    return sum(worker.alive for worker in listed if worker.host == host and worker.queue == queue)


def main() -> int:
    """Return 0 if a worker of this machine has a recent heartbeat."""
    parser = argparse.ArgumentParser(
        prog="seedspread_worker.pool.health", description="does a worker of this machine beat?"
    )
    parser.add_argument("--queue", choices=QUEUES, default=QUEUES[0])
    queue = parser.parse_args().queue
    settings = AppSettings()
    database = Database(settings.resolved_database_url)
    try:
        alive = beating(database, queue, socket.gethostname(), datetime.now(UTC), settings.lease_s)
    except SeedspreadError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        database.dispose()
    return 0 if alive else 1


if __name__ == "__main__":
    sys.exit(main())

"""`python -m seedspread_worker`: a Celery worker of Seedspread; settings come from `SEEDSPREAD_*`."""

from __future__ import annotations

import argparse
import sys
import warnings

from celery.platforms import SecurityWarning

from seedspread import logs
from seedspread.queue.app import QUEUES
from seedspread.settings import AppSettings, cores
from seedspread_worker.pool import gpus
from seedspread_worker.pool.app import WorkerApp


def main() -> int:
    """Work until told to stop."""
    parser = argparse.ArgumentParser(prog="seedspread_worker", description="train runs from a queue")
    parser.add_argument("--queue", choices=QUEUES, default=QUEUES[0])
    parser.add_argument("--concurrency", type=int, default=None, help="trainers; default: one per core")
    parser.add_argument("--console", action="store_true", help="log to standard error as well")
    options = parser.parse_args()
    # Celery warns root of pickled messages; ours are JSON and name a run, nothing more.
    warnings.simplefilter("ignore", SecurityWarning)
    settings = AppSettings()
    name = "worker.log" if options.queue == QUEUES[0] else f"worker-{options.queue}.log"
    logs.set_up(settings.log_level, file=settings.data_dir / "logs" / name, console=options.console)
    usual = gpus.trainers(settings.gpus or "all", settings.per_gpu) if options.queue == "gpu" else cores()
    return WorkerApp(settings, options.queue, options.concurrency or usual).run()


if __name__ == "__main__":
    sys.exit(main())

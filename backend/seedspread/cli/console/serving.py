"""Run the API under uvicorn; `python -m seedspread.cli.console.serving` for `up`."""

from __future__ import annotations

import argparse
import importlib
import signal
import socket
import sys
import threading
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import structlog
import uvicorn

from seedspread import logs
from seedspread.cli.console.error_lines import error_lines
from seedspread.context import Context
from seedspread.errors import SeedspreadError
from seedspread.settings import AppSettings

if TYPE_CHECKING:
    from seedspread.sending.watch import FolderWatch

_lock = threading.RLock()


class Deferred(ModuleType):
    """Stand-in for a module that is imported on first use.

    Several threads may use it.
    """

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):  # the import system looks, and needs nothing
            raise AttributeError(attribute)
        return getattr(self._load(), attribute)

    def _load(self) -> ModuleType:
        with _lock:
            if sys.modules.get(self.__name__) is self:
                del sys.modules[self.__name__]
                self.__dict__["_module"] = importlib.import_module(self.__name__)
            module: ModuleType = self.__dict__["_module"]
            return module


def defer(*names: str) -> None:
    """Defer the import of these modules until they are used.

    Modules that are imported already stay as they are.
    """
    for name in names:
        sys.modules.setdefault(name, Deferred(name))


GRACE_S = 3
"""How long an answer that is being given may still take when the API stops."""


class Server(uvicorn.Server):
    """Server that ends event streams before it waits for open responses.

    A browser would keep its stream open for ever.
    """

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; the browsers see a clean end and come back by themselves."""
        app: Any = self.config.app
        hub = getattr(app.state, "hub", None)
        if hub is not None:
            await hub.close()
        await super().shutdown(sockets)


def serve(settings: AppSettings, listener: socket.socket) -> None:
    """Answer on `listener` until SIGINT or SIGTERM."""
    defer("scipy.stats", "scipy.optimize")  # a fifth of all that is imported; the first comparison needs them
    from seedspread.api import create_app
    from seedspread.studies.adaptive import look_after
    from seedspread.studies.datasets import supply

    app = create_app(settings, steps=(look_after, supply), watches=_watches(settings))
    config = server_config(app, settings)
    for number in (signal.SIGINT, signal.SIGTERM):
        # uvicorn raises a signal again once it has stopped; its work is done by then.
        signal.signal(number, lambda *_: None)
    Server(config).run(sockets=[listener])


def server_config(app: Callable[..., Any], settings: AppSettings) -> uvicorn.Config:
    """Return the server's configuration.

    Addresses and schemes that a proxy states are taken from trusted proxies alone.
    """
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE_S,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
    )


def _watches(settings: AppSettings) -> tuple[Callable[[Context], object], ...]:
    """Return the watch over the settings' folders, if there are any.

    It is imported once there is something to watch, so that the service starts no later.
    """
    folders = settings.watched_folders
    started: list[FolderWatch] = []

    def look(ctx: Context) -> None:
        if not started and not any(folder.is_dir() for folder in folders):
            return
        from seedspread.sending.watch import FolderWatch
        from seedspread.studies.receiver import LocalReceiver

        if not started:
            log = structlog.get_logger("seedspread.watch")
            note = settings.data_dir / "run" / "watched.json"
            started.append(FolderWatch(folders, note, lambda problem: log.warning("a watched folder", problem=problem)))
        started[0].look(LocalReceiver(ctx))

    return (look,) if folders else ()


def main() -> int:
    """Serve on the socket that the parent hands over."""
    parser = argparse.ArgumentParser(prog="seedspread.cli.console.serving")
    parser.add_argument("--fd", type=int, required=True, help="a listening socket")
    options = parser.parse_args()
    settings = AppSettings()
    logs.set_up(settings.log_level, file=settings.data_dir / "logs" / "api.log")
    try:
        serve(settings, socket.socket(fileno=options.fd))
    except SeedspreadError as error:
        sys.stderr.write("".join(f"{line}\n" for line in reversed(error_lines(error))))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

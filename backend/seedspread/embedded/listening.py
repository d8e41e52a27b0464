"""Bind the socket of the API before any process starts."""

from __future__ import annotations

import errno
import socket

from seedspread.errors import Conflict, InvalidInput

BACKLOG = 512  # pages open many connections at once; the default drops some of them


def bound(host: str, port: int) -> socket.socket:
    """Bind a listening TCP socket; port 0 picks a free one.

    The holder of the socket can restart the API without losing a connection, and a port in use is detected at once.

    Raises:
        Conflict: the port is in use, or this user may not bind it.
        InvalidInput: this machine has no such host address.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror:
        raise InvalidInput("host", host, "a name or address of this machine, such as 127.0.0.1 or 0.0.0.0") from None
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _refused(host, port, error) from None
    return listener


def _refused(host: str, port: int, error: OSError) -> Conflict | InvalidInput:
    if error.errno == errno.EADDRINUSE:
        return Conflict(
            f"port {port} of {host} is taken by another program",
            hint="stop that one, or choose another port with --port (0 takes a free one)",
        )
    if error.errno == errno.EACCES:
        return Conflict(f"port {port} needs rights that you haven't got", hint="choose a port above 1023 with --port")
    return InvalidInput("host", host, f"an address of this machine ({error.strerror})")


def url(listener: socket.socket) -> str:
    """Return the socket's URL for a browser on this machine."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - read, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

"""HTTP calls to a service in another process."""

from __future__ import annotations

import httpx2

# A client reads every certificate of the machine when it is made: tests that poll share this one. It keeps no
# connection open, so that a service that was killed and started again is simply asked anew.
HTTP = httpx2.Client(timeout=20, limits=httpx2.Limits(max_keepalive_connections=0))

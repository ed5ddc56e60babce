"""How many files the process may open, which limits the connections that it can hold."""

from __future__ import annotations

import contextlib
import sys

ENOUGH = 4096
"""Open files that are enough for thousands of connections; a lower limit is reported."""
_OTHERS = 64
"""Files that are open besides the connections: the contract, sockets, pipes, and the log."""
_MOST = 65_536


def most_connections() -> int:
    """Return how many connections the process may hold, at least one."""
    return max(1, min(_limit(), _MOST) - _OTHERS)


def raise_limit() -> str | None:
    """Raise the limit as far as the process may; return a warning if few connections fit in it."""
    limit = _limit()
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - there is none on Windows

        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(
                resource.RLIMIT_NOFILE, (min(hard, _MOST) if hard > 0 else _MOST, hard)
            )
        limit = _limit()
    if limit >= ENOUGH:
        return None
    return (
        f"warning: this process may open only {limit} files, which is enough for"
        f" {most_connections()} connections; raise the hard limit (ulimit -Hn) for more"
    )


def _limit() -> int:
    if sys.platform == "win32":
        return _MOST
    import resource  # noqa: PLC0415 - there is none on Windows

    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return _MOST if soft == resource.RLIM_INFINITY else soft

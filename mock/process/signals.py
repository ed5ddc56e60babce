"""The signals that end a server in the foreground."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


def ending() -> list[signal.Signals]:
    """Return the signals of this system; SIGHUP is left out if it is ignored, as with nohup."""
    found = [signal.Signals[name] for name in _NAMES if name in signal.Signals.__members__]
    ignored = signal.getsignal(found[-1]) is signal.SIG_IGN
    return found[:-1] if ignored and found[-1].name == "SIGHUP" else found


@contextmanager
def handled(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Call a function when one of these signals comes; restore what handled them before."""
    before = {number: signal.signal(number, handler) for number in ending()}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)

"""How far a run is: a bar on a terminal, and a line from time to time in a log."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..conformance.http.exchange import Exchange

EVERY = 30.0
"""Seconds between two lines in a log."""


@contextmanager
def shown(
    most: int | None, clock: Callable[[], float] = time.monotonic
) -> Iterator[Callable[[Exchange], None]]:
    """Show how many of at most `most` requests were sent, on standard error.

    Yields a function to call with each exchange. `most` is None if there is no limit.
    """
    if most is not None and sys.stderr.isatty():
        label = "Requests"
        file = getattr(sys.stderr, "unchanged", sys.stderr)
        with click.progressbar(length=most, label=label, file=file, show_eta=False) as bar:
            yield lambda _: bar.update(1)
        return
    last = clock()

    def line(exchange: Exchange) -> None:
        nonlocal last
        if clock() - last >= EVERY:
            last = clock()
            of = "" if most is None else f" of at most {most}"
            click.echo(f"{exchange.number}{of} requests were sent", err=True)

    yield line

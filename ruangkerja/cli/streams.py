"""Standard output and error as the commands use them.

Whatever a server or a file says, nothing hides in what is printed, or acts as a command in the log
of a CI system: see `spec.visible`. What their encoding lacks is written as escapes. A reader that
goes away, or a stream that was never open, changes nothing about how a command ends; a full disk is
remembered, as output is missing.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, TextIO, cast

import click

from ..spec.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

_GONE = {errno.EPIPE, errno.EBADF, errno.ECONNRESET}
_COLOUR = re.compile(r"(\x1b\[[0-9;]{0,16}m)")
_STANDARD = 3
"""The number of standard streams."""


class Output(io.TextIOBase):
    """A text stream; `error` is the reason why a part of its text is missing.

    `unchanged` writes to the same stream without a change of the text: data, and the commands that
    are meant for a terminal or a CI system.
    """

    def __init__(self, stream: TextIO, *, is_unchanged: bool = False) -> None:
        self._stream = stream
        self._is_broken = False
        self.error: OSError | None = None
        self.unchanged = self if is_unchanged else Output(stream, is_unchanged=True)

    @property
    def encoding(self) -> str:  # type: ignore[override] # click would replace a stream of ASCII
        """The encoding that texts need not avoid: this stream takes every character."""
        return "utf-8"

    @property
    def buffer(self) -> BinaryIO:
        """The stream of bytes below, to which click writes what shells complete."""
        return self._stream.buffer

    def write(self, text: str) -> int:
        """Write a text, with what cannot be seen or encoded as escapes."""
        if not self._is_broken:
            shown = text if self.unchanged is self else self._visible(text)
            target = self._stream.encoding or "utf-8"
            with self._watched():
                self._stream.write(shown.encode(target, "backslashreplace").decode(target))
        return len(text)

    def _visible(self, text: str) -> str:
        parts = _COLOUR.split(text) if self.isatty() else [text]
        return "".join(part if n % 2 else visible(part) for n, part in enumerate(parts))

    def flush(self) -> None:
        """Write what is still in memory."""
        if not self._is_broken:
            with self._watched():
                self._stream.flush()

    def isatty(self) -> bool:
        """Whether a person reads the stream in a terminal."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """Return the file descriptor."""
        return self._stream.fileno()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:  # ValueError: the stream is closed
            self._is_broken = True
            if isinstance(error, OSError) and error.errno not in _GONE:
                self.error = error
            # Python writes what is left when it ends, which would fail again.
            with contextlib.suppress(OSError, ValueError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self._stream.fileno())
                os.close(nowhere)


def echo_unchanged(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print a text without a change: data, or commands for a CI system."""
    stream = sys.stderr if err else sys.stdout
    click.echo(text, file=getattr(stream, "unchanged", stream), nl=nl)


@contextmanager
def standard() -> Iterator[Output | None]:
    """Use such streams for standard output and error; the former is passed on, None if closed."""
    _occupy()
    before = sys.stdout, sys.stderr
    wrapped = [None if stream is None else Output(stream) for stream in before]
    sys.stdout, sys.stderr = cast("tuple[TextIO, TextIO]", tuple(wrapped))
    try:
        yield wrapped[0]
    finally:
        for stream in wrapped:
            if stream is not None:
                stream.flush()
        sys.stdout, sys.stderr = before


def _occupy() -> None:
    """Open the standard descriptors that are closed: a file would get them, and be printed to."""
    with contextlib.suppress(OSError):
        while (opened := os.open(os.devnull, os.O_RDWR)) < _STANDARD:
            pass
        os.close(opened)

"""Errors and deadlines, shared by the modules for HTTP on the wire."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ...spec.visible import line

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from .exchange import FailureKind

_LONGEST_QUOTE = 60


class WireError(Exception):
    """A request has no response. `kind` is for rules, and `told` returns the message for people.

    `message` is one sentence. {quoted} in it stands for a text from the server, which can be long
    and contain secrets, and is therefore masked and shortened. `status` is that of a response whose
    head is complete.
    """

    def __init__(
        self, kind: FailureKind, message: str, quoted: str = "", status: int | None = None
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.status = status
        self._message = message
        self._quoted = quoted

    def told(self, mask: Callable[[str], str]) -> str:
        """Return the message. `mask` replaces the secrets in a text."""
        # Mask first: a truncated secret would not be recognized.
        quoted = mask(self._quoted)
        if len(quoted) > _LONGEST_QUOTE:
            quoted = f"{quoted[:_LONGEST_QUOTE]}..."
        return self._message.replace("{quoted}", f"'{line(quoted)}'")


class Deadline:
    """The time by which a response has to be complete, for all steps together."""

    __slots__ = ("_end", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Return the remaining seconds, more than 0. Raises TimeoutError."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def seconds(amount: float) -> str:
    """Return a duration as text: '10 s', '0.2 s'."""
    return f"{amount:g} s"


def size(amount: int) -> str:
    """Return a number of bytes as text: '512 bytes', '64 KiB', '1.5 MiB'."""
    for unit, name in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if amount >= unit:
            return f"{amount / unit:.4g} {name}"
    return "1 byte" if amount == 1 else f"{amount:,} bytes"


def tls_reason(error: ssl.SSLError) -> str:
    """Return why a TLS connection failed: 'unexpected eof while reading'."""
    reason: str | None = getattr(error, "reason", None)
    return (reason or error.strerror or str(error)).replace("_", " ").lower()

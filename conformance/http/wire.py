"""What every part of the wire shares: how it fails, and by when it has to be done."""

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
    """A request that gets no answer: `kind` for rules, `told` for people.

    `message` is one sentence. Where it says {quoted}, it quotes the server; that text may be of any
    length and may repeat a secret, and is only shown masked and shortened.
    """

    def __init__(self, kind: FailureKind, message: str, quoted: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self._message = message
        self._quoted = quoted

    def told(self, mask: Callable[[str], str]) -> str:
        """Give the sentence; `mask` hides the secrets in a text."""
        # Masked first: half a secret at the cut would not be recognised.
        quoted = mask(self._quoted)
        if len(quoted) > _LONGEST_QUOTE:
            quoted = f"{quoted[:_LONGEST_QUOTE]}..."
        return self._message.replace("{quoted}", f"'{line(quoted)}'")


class Deadline:
    """The moment by which a request has to be answered, however many steps that takes."""

    __slots__ = ("_end", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Give the seconds that are left, more than 0; raise TimeoutError if none are."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def seconds(amount: float) -> str:
    """Write a span of time for people: '10 s', '0.2 s'."""
    return f"{amount:g} s"


def size(amount: int) -> str:
    """Write a number of bytes for people: '512 bytes', '64 KiB', '1.5 MiB'."""
    for unit, name in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if amount >= unit:
            return f"{amount / unit:.4g} {name}"
    return "1 byte" if amount == 1 else f"{amount:,} bytes"


def tls_reason(error: ssl.SSLError) -> str:
    """Write for people why an encrypted connection broke: 'unexpected eof while reading'."""
    reason: str | None = getattr(error, "reason", None)
    return (reason or error.strerror or str(error)).replace("_", " ").lower()

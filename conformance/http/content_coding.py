"""Bodies freed of their Content-Encoding, piece by piece and never beyond a limit.

A few kilobytes of gzip can hold gigabytes, so each piece is decoded as it comes and the decoding
stops where the result grows too large.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Protocol

from .exchange import FailureKind
from .wire import WireError, size

if TYPE_CHECKING:
    from zlib import _Decompress

_GZIP = 16 + zlib.MAX_WBITS
_ZLIB = zlib.MAX_WBITS
_RAW = -zlib.MAX_WBITS

_FORMAT_SIZE = 2
"""Bytes that tell the format of deflated data (RFC 1950, 2.2)."""
_DEFLATE = 8
"""Deflate's number among zlib's methods."""


class Decoder(Protocol):
    """Takes a body as it comes and gives it back decoded."""

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the wire; raise WireError if they are bad or too many."""

    def finish(self) -> bytes:
        """Give the whole body; raise WireError if it is not complete."""


def decoder(content_encoding: str, limit: int) -> Decoder:
    """Choose the decoder for the value of Content-Encoding, '' if there is none.

    `limit` is the most bytes that may come out of a compressed body. An unknown coding is an error
    only once there are bytes in it: an answer to HEAD names a coding and has none.
    """
    codings = [coding.strip().lower() for coding in content_encoding.split(",")]
    match [coding for coding in codings if coding not in {"", "identity"}]:
        case []:
            return _Identity()
        case ["gzip" | "x-gzip"]:
            return _Inflating("gzip", limit)
        case ["deflate"]:
            return _Inflating("deflate", limit)
        case _:
            return _Unknown(content_encoding)


def too_large(limit: int) -> WireError:
    """Make the error for a body of more bytes than the limit."""
    return WireError(
        FailureKind.TOO_LARGE,
        f"The body of the answer is larger than {size(limit)}, the most that is taken in.",
    )


class _Identity:
    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def feed(self, data: bytes) -> None:
        self._parts.append(data)

    def finish(self) -> bytes:
        return b"".join(self._parts)


class _Inflating:
    def __init__(self, coding: str, limit: int) -> None:
        self._coding = coding
        self._limit = limit
        self._left = limit
        self._parts: list[bytes] = []
        self._held = b""
        self._stream: _Decompress | None = None

    def feed(self, data: bytes) -> None:
        if self._stream is None:
            data = self._held + data
            self._held = data
            if len(data) < _FORMAT_SIZE:
                return
            self._held = b""
            self._stream = self._opened(data)
        while data:
            if self._stream.eof:
                if self._coding != "gzip":
                    raise self._broken("more bytes follow its end")
                self._stream = self._opened(data)
            data = self._inflate(self._stream, data)

    def finish(self) -> bytes:
        # A body of no bytes is not gzip, but servers do label one so, and every client takes it.
        if self._held or (self._stream is not None and not self._stream.eof):
            raise self._broken("it ends too early")
        return b"".join(self._parts)

    def _opened(self, data: bytes) -> _Decompress:
        if self._coding == "gzip":
            return zlib.decompressobj(_GZIP)
        # By the standard deflate has a header of zlib's; many servers leave it out.
        compression, checked = data[0] & 0x0F, int.from_bytes(data[:_FORMAT_SIZE])
        return zlib.decompressobj(_ZLIB if compression == _DEFLATE and not checked % 31 else _RAW)

    def _inflate(self, stream: _Decompress, data: bytes) -> bytes:
        """Decode up to the end of the data or of the stream, and give what is behind the end."""
        try:
            part = stream.decompress(data, self._left + 1)
        except zlib.error as error:
            raise self._broken(str(error).rpartition(": ")[2]) from None
        self._left -= len(part)
        if self._left < 0:
            raise too_large(self._limit)
        if part:
            self._parts.append(part)
        return stream.unused_data

    def _broken(self, why: str) -> WireError:
        return WireError(
            FailureKind.MALFORMED, f"The body of the answer is not valid {self._coding}: {why}."
        )


class _Unknown:
    def __init__(self, content_encoding: str) -> None:
        self._name = content_encoding

    def feed(self, data: bytes) -> None:
        if data:
            raise WireError(
                FailureKind.MALFORMED,
                "The body of the answer is encoded as {quoted}, "
                "and of the encodings only gzip and deflate are understood.",
                quoted=self._name,
            )

    def finish(self) -> bytes:
        return b""

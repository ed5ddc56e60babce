"""Decoders for Content-Encoding, with a limit for the size of the decoded body.

A few kilobytes of gzip can expand to gigabytes, so bodies are decoded incrementally, and decoding
stops at the limit. gzip and deflate are decoded. Of the other codings it is only known that plain
JSON, and a body without the coding's first bytes, are not coded so.
"""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING

from .exchange import FailureKind
from .wire import WireError, size

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zlib import _Decompress

_GZIP = 16 + zlib.MAX_WBITS
_ZLIB = zlib.MAX_WBITS
_RAW = -zlib.MAX_WBITS

_FORMAT_SIZE = 2
"""The number of bytes that identify the format of deflated data (RFC 1950, 2.2)."""
_DEFLATE = 8
"""The number of deflate among the methods of zlib."""

GZIP_BEGINS = b"\x1f\x8b"
"""The first bytes of gzip (RFC 1952, 2.3.1). No text begins with them."""
_UNDECODED: Mapping[str, bytes] = {
    "br": b"",
    "zstd": b"\x28\xb5\x2f\xfd",
    "dcb": b"\xff\x44\x43\x42",
    "dcz": b"\x5e\x2a\x4d\x18",
    "compress": b"\x1f\x9d",
    "x-compress": b"\x1f\x9d",
    "exi": b"",
    "pack200-gzip": b"",
    "aes128gcm": b"",
}
"""The other registered codings, with the bytes that each begins with, if it has some."""


class Decoder:
    """Decodes a body incrementally; this one has no coding to undo."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def feed(self, data: bytes) -> None:
        """Add encoded bytes. Raises WireError if they are invalid or exceed the limit."""
        self._parts.append(data)

    def finish(self) -> bytes:
        """Return the decoded body. Raises WireError if it is incomplete."""
        return b"".join(self._parts)


def decoder(content_encoding: str, limit: int) -> Decoder:
    """Return the decoder for a value of Content-Encoding, which can be ''.

    `limit` is the maximum size of the decoded body in bytes. An unknown coding is only an error if
    the body has bytes: a response to HEAD has a coding but no body.
    """
    codings = [coding.strip().lower() for coding in content_encoding.split(",")]
    codings = [coding for coding in codings if coding not in {"", "identity"}]
    match codings:
        case []:
            return Decoder()
        case ["gzip" | "x-gzip"]:
            return _Inflating("gzip", limit)
        case ["deflate"]:
            return _Inflating("deflate", limit)
        case _ if _UNDECODED.keys() | {"gzip", "x-gzip", "deflate"} >= set(codings):
            return _Undecoded(content_encoding, _UNDECODED.get(codings[-1], b""))
        case _:
            return _Unknown(content_encoding)


def too_large(limit: int) -> WireError:
    """Return the error for a body that exceeds the limit."""
    return WireError(
        FailureKind.TOO_LARGE,
        f"The body of the response is larger than the limit of {size(limit)}.",
    )


class _Inflating(Decoder):
    def __init__(self, coding: str, limit: int) -> None:
        super().__init__()
        self._coding = coding
        self._limit = limit
        self._left = limit
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
        # An empty body is not valid gzip, but servers send it and all clients accept it.
        if self._held or (self._stream is not None and not self._stream.eof):
            raise self._broken("it ends too early")
        return super().finish()

    def _opened(self, data: bytes) -> _Decompress:
        if self._coding == "gzip":
            return zlib.decompressobj(_GZIP)
        # The standard requires a zlib header for deflate, but many servers omit it.
        compression, checked = data[0] & 0x0F, int.from_bytes(data[:_FORMAT_SIZE])
        return zlib.decompressobj(_ZLIB if compression == _DEFLATE and not checked % 31 else _RAW)

    def _inflate(self, stream: _Decompress, data: bytes) -> bytes:
        """Decode to the end of the data or the stream, and return the bytes after it."""
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
            FailureKind.CODING, f"The body of the response is not valid {self._coding}: {why}."
        )


class _Undecoded(Decoder):
    def __init__(self, content_encoding: str, begins: bytes) -> None:
        super().__init__()
        self._name = content_encoding
        self._begins = begins

    def finish(self) -> bytes:
        body = super().finish()
        if not body:
            return b""
        if not body.startswith(self._begins) or _is_json(body):
            raise WireError(
                FailureKind.CODING,
                "The body of the response is not coded as its Content-Encoding {quoted} says.",
                quoted=self._name,
            )
        raise WireError(
            FailureKind.UNDECODED,
            "The response has the Content-Encoding {quoted}, which this client cannot decode.",
            quoted=self._name,
        )


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


class _Unknown(Decoder):
    def __init__(self, content_encoding: str) -> None:
        super().__init__()
        self._name = content_encoding

    def feed(self, data: bytes) -> None:
        if data:
            raise WireError(
                FailureKind.CODING,
                "The Content-Encoding of the response is {quoted}, which is not a content coding.",
                quoted=self._name,
            )

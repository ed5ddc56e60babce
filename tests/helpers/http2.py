"""One request of HTTP/2, frame by frame, so that it can lack what clients always send."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RESET, _SETTINGS = 0, 1, 3, 4
_ENDS_STREAM, _ENDS_HEADERS = 1, 4
# Statuses that HPACK has a number for (RFC 7541, appendix A).
_KNOWN = {0x88: "200", 0x8B: "304", 0x8C: "400", 0x8D: "404", 0x8E: "500"}


def asked(port: int, *headers: tuple[str, str]) -> list[str]:
    """Return the parts of the response to a GET: its status, `data`, `end` or `error NUMBER`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    # Those that begin with a colon come first.
    fields = sorted([(":method", "GET"), (":scheme", "https"), *headers], key=_is_plain)
    block = b"".join(map(_field, fields))
    request = _frame(_HEADERS, _ENDS_STREAM | _ENDS_HEADERS, 1, block)
    with (
        socket.create_connection(("127.0.0.1", port), 20) as plain,
        context.wrap_socket(plain) as connection,
    ):
        assert connection.selected_alpn_protocol() == "h2"
        connection.sendall(_PREFACE + _frame(_SETTINGS, 0, 0, b"") + request)
        return list(_parts(connection))


def _is_plain(field: tuple[str, str]) -> bool:
    return not field[0].startswith(":")


def _parts(connection: ssl.SSLSocket) -> Iterator[str]:
    with connection.makefile("rb") as file:
        while head := file.read(9):
            kind, flags, payload = head[3], head[4], file.read(int.from_bytes(head[:3]))
            if kind == _HEADERS:
                yield _KNOWN.get(payload[0]) or "another status"
            elif kind == _DATA:
                yield "data"
            elif kind == _RESET:
                yield f"error {int.from_bytes(payload)}"
                return
            if kind in {_HEADERS, _DATA} and flags & _ENDS_STREAM:
                yield "end"
                return


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + payload


def _field(field: tuple[str, str]) -> bytes:
    """Return a header field with literals that are not indexed; they are shorter than 127 bytes."""
    return b"\0" + b"".join(bytes([len(each)]) + each.encode() for each in field)

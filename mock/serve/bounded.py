"""HTTP as uvicorn speaks it, with bounds on what one connection may have the stub remember.

uvicorn keeps all of a head that never ends, and all requests that are sent without waiting for
their answers: either fills the memory of the machine.
"""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD = 256 * 1024
"""Bytes of a request line with its headers, of trailers, or of the line of a chunk."""

_REFUSAL = "Invalid HTTP request received."


class Bounded(HttpToolsProtocol):
    """One connection."""

    _unfinished = 0
    """Bytes that came since a head, a piece of a body or a message ended."""

    def data_received(self, data: bytes) -> None:
        """Take what came, and refuse what does not end."""
        self._unfinished += len(data)
        super().data_received(data)
        if self._unfinished > LARGEST_HEAD and not self.transport.is_closing():
            self.send_400_response(_REFUSAL)

    def on_headers_complete(self) -> None:
        """Begin a request."""
        self._unfinished = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body."""
        self._unfinished = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        self._unfinished = 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on with the next request, and read no more as long as others wait."""
        super().on_response_complete()
        if self.pipeline:
            self.flow.pause_reading()

"""Answers of the proxy's own: the contract's errors, and the stub's where the upstream has none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from ...mock.app import create_app
from ...mock.http.error_response import ErrorResponse
from ...mock.settings import Settings

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from ...spec.contract import Contract
    from ...spec.model import Operation
    from .messages import RawHeaders


@dataclass(frozen=True, slots=True)
class PlainResponse:
    """An answer that is ready to be sent."""

    status: int
    headers: RawHeaders
    body: bytes


class OwnResponses:
    """Answers by the contract alone."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        # Whose token it is the upstream knows; to the stub any is good.
        self._app = create_app(contract, Settings(any_token=True))

    def error(
        self, status: int, title: str, detail: str, operation: Operation | None
    ) -> PlainResponse:
        """Write an error in the contract's form, in plain text where it is for no operation."""
        if operation is None:
            body = f"{detail}\n".encode()
            headers = [(b"Content-Type", b"text/plain; charset=utf-8")]
            return PlainResponse(status, [*headers, (b"Content-Length", b"%d" % len(body))], body)
        reply = self._app.responder.errors.reply(ErrorResponse(status, title, detail), operation)
        return PlainResponse(reply.status, list(reply.headers), reply.body)

    async def stub(
        self, method: str, path: str, query: str, headers: RawHeaders, body: bytes
    ) -> PlainResponse:
        """Answer as the stub does; `path` begins where the contract's paths do."""
        whole = self._contract.base_path + path
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(whole),
            "raw_path": whole.encode("latin-1"),
            "query_string": query.encode("latin-1"),
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in headers],
            "client": None,
            "server": None,
        }
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        start = next(message for message in sent if message["type"] == "http.response.start")
        parts = [m.get("body", b"") for m in sent if m["type"] == "http.response.body"]
        return PlainResponse(start["status"], list(start.get("headers", ())), b"".join(parts))

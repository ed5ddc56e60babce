"""Responses that do not come from the upstream: errors of the proxy, and those of the stub."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from ...conformance.http.exchange import FailureKind
from ...mock.app import create_app
from ...mock.http.error_response import ErrorResponse
from ...mock.settings import Settings
from .clients import responses

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from aiohttp import web

    from ...conformance.http.exchange import Request
    from ...conformance.http.target import Target
    from ...conformance.http.wire import WireError
    from ...mock.application import Application
    from ...spec.contract import Contract
    from ...spec.model.operation import Operation
    from .clients.admission import Refusal
    from .clients.proxied_request import ProxiedRequest
    from .headers import RawHeaders

_BAD_GATEWAY, _GATEWAY_TIMEOUT = 502, 504
_UNUSABLE = {FailureKind.MALFORMED, FailureKind.TOO_LARGE, FailureKind.TRUNCATED}


class OwnResponses:
    """Makes the responses that do not come from the upstream."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    @cached_property
    def _app(self) -> Application:
        # Only the upstream knows which tokens are valid, so the stub takes any.
        return create_app(self._contract, Settings(any_token=True))

    def prepare(self) -> None:
        """Make the stub now, which takes time, and not with the first response that it makes."""
        _ = self._app

    def error(
        self,
        status: int,
        title: str,
        detail: str,
        operation: Operation | None,
        more: Mapping[str, str] | None = None,
    ) -> web.StreamResponse:
        """Return an error in the contract's form, or in plain text if it is for no operation."""
        if operation is None:
            headers = [(b"Content-Type", b"text/plain; charset=utf-8")]
            return responses.whole(status, None, headers, f"{detail}\n".encode(), more)
        reply = self._app.responder.errors.reply(ErrorResponse(status, title, detail), operation)
        return responses.whole(reply.status, None, reply.headers, reply.body, more)

    def refused(self, refusal: Refusal) -> web.StreamResponse:
        """Return the response to a request that is not passed on, after which nothing is read."""
        response = self.error(refusal.status, "", refusal.detail, None)
        response.force_close()
        return response

    def unanswered(
        self, target: Target, error: WireError, proxied: ProxiedRequest
    ) -> web.StreamResponse:
        """Return the response to a client if the upstream does not respond."""
        status = _GATEWAY_TIMEOUT if error.kind is FailureKind.TIMEOUT else _BAD_GATEWAY
        reason = error.told(lambda text: text).rstrip(".")
        title = "The upstream does not respond"
        if error.kind in _UNUSABLE:
            title = "The upstream's response cannot be passed on"
            return self.error(status, title, f"{target.url}: {reason}", proxied.operation)
        detail = f"{target.url} does not respond: {reason}"
        return self.error(status, title, detail, proxied.operation)

    async def stub(
        self, request: Request, headers: RawHeaders, more: Mapping[str, str]
    ) -> web.StreamResponse:
        """Return the stub's response to a request, whose path is below the contract's server."""
        path, _, query = request.target.partition(b"?")
        whole = self._contract.base_path.encode() + path
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": unquote(whole.decode("latin-1")),
            "raw_path": whole,
            "query_string": query,
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in headers],
            "client": None,
            "server": None,
        }
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": request.body, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        start = next(message for message in sent if message["type"] == "http.response.start")
        body = b"".join(m.get("body", b"") for m in sent if m["type"] == "http.response.body")
        return responses.whole(start["status"], None, start.get("headers", ()), body, more)

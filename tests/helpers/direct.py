"""A client without a network: it asks a backend of the tests, and a request takes a second."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from ruangkerja.conformance.http.exchange import Exchange, Response

from .backend import Asked

if TYPE_CHECKING:
    from ruangkerja.conformance.http.exchange import Request

    from .backend import Backend


class Direct:
    """Stands for a client; its clock counts what was sent."""

    timeout = 10.0

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.exchanges: list[Exchange] = []
        self.log: list[Request] = []

    def clock(self) -> float:
        return float(len(self.log))

    def forget(self) -> None:
        self.exchanges.clear()

    def send(self, request: Request, *, note: str = "", **_: object) -> Exchange:
        self.log.append(request)
        path, _, query = request.target.decode("latin-1").partition("?")
        headers = {name.lower(): value for name, value in request.headers}
        pairs = parse_qsl(query, keep_blank_values=True)
        asked = Asked(request.method, path, dict(pairs), headers, count=len(self.log), pairs=pairs)
        answer = self.backend.change(asked, self.backend.answer(asked))
        body = answer.raw if answer.raw is not None else json.dumps(answer.body).encode()
        response = Response(
            answer.status, "", "HTTP/1.1", tuple(answer.headers.items()), body, len(body)
        )
        exchange = Exchange(len(self.log), request, response, None, 0.0, 0.0, note)
        self.exchanges.append(exchange)
        return exchange

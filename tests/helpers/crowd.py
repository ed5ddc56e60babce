"""A crowd of users without a network: each request takes a hundredth of a second."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from ruangkerja.conformance.http.exchange import Exchange, Request, Response

from .backend import TOKEN, Asked

if TYPE_CHECKING:
    from .backend import Backend

LATENCY = 0.01


@dataclass
class Crowd:
    """Sends requests to a backend of the tests; its clock counts them."""

    backend: Backend
    now: float = 1_700_000_000.0
    headers: dict[str, str] = field(default_factory=dict)
    sent: int = 0

    def ask(
        self, course: str, page: int, size: int = 10, *, token: str = TOKEN, after: float = 0.02
    ) -> Exchange:
        """Send a request for a page, some seconds after the last one began."""
        self.now += after
        self.sent += 1
        path = f"{self.backend.prefix}/ruangkerja/dashboard/courses/{course}/online/users"
        query = f"page={page}&pageSize={size}"
        kind = "application/json"
        headers = {"Accept": kind, "Content-Type": kind, "Authorization": token, **self.headers}
        request = Request("GET", f"{path}?{query}".encode(), tuple(headers.items()))
        pairs = parse_qsl(query)
        lowered = {name.lower(): value for name, value in headers.items()}
        asked = Asked("GET", path, dict(pairs), lowered, count=self.sent, pairs=pairs)
        answer = self.backend.change(asked, self.backend.answer(asked))
        body = answer.raw if answer.raw is not None else json.dumps(answer.body).encode()
        sent = (*answer.headers.items(), ("Content-Length", str(len(body))))
        response = Response(answer.status, "", "HTTP/1.1", sent, body, len(body))
        return Exchange(0, request, response, None, self.now, LATENCY)

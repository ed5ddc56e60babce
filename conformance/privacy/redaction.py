"""Redaction: what may be said of an exchange to others.

Tokens are taken out of everything, whoever reads it and in whatever form a server repeats them.
What a server says about people is another matter: see `people`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..evidence.credentials import MASK, near_misses
from .token_forms import Finder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..http.exchange import Exchange, Headers, Request


class Redaction:
    """Takes the secrets of a run out of whatever is reported."""

    def __init__(self, secrets: Iterable[str]) -> None:
        # The longest first: a token may begin with another one.
        tokens = sorted({s for s in secrets if s}, key=lambda s: (-len(s), s))
        self._tokens = Finder(tokens)
        self._near = {near: f"{MASK} ({how})" for t in tokens for near, how in near_misses(t)}

    def text(self, text: str) -> str:
        """Give a text without secrets."""
        return self._tokens.replace(text, MASK)

    def data(self, data: bytes) -> bytes:
        """Give bytes without secrets."""
        # Every byte is one character, so that a body of any encoding comes out as it went in.
        return self.text(data.decode("latin-1")).encode("latin-1")

    def exchange(self, exchange: Exchange) -> Exchange:
        """Give an exchange without secrets in its request, its answer and what is said of it."""
        return replace(self.answer(exchange), request=self.request(exchange.request))

    def request(self, request: Request) -> Request:
        """Give a request without secrets."""
        return replace(
            request,
            target=self.data(request.target),
            headers=self._headers(request.headers),
            body=self.data(request.body),
        )

    def answer(self, exchange: Exchange) -> Exchange:
        """Give an exchange without secrets in its answer and in what is said of it."""
        response = exchange.response and replace(
            exchange.response,
            reason=self.text(exchange.response.reason),
            headers=self._headers(exchange.response.headers),
            body=self.data(exchange.response.body),
        )
        failure = exchange.failure and replace(
            exchange.failure, message=self.text(exchange.failure.message)
        )
        return replace(exchange, response=response, failure=failure)

    def _headers(self, headers: Headers) -> Headers:
        # A token that is nearly right says how it was made: nothing else tells it apart any more.
        return tuple(
            (self.text(name), self._near.get(value) or self.text(value)) for name, value in headers
        )

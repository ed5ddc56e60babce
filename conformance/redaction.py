"""Redaction: what may be said of an exchange to others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .command import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .exchange import Exchange, Headers

MASK = f"${VARIABLE}"


class Redaction:
    """Takes the secrets of a run out of whatever is reported."""

    def __init__(self, secrets: Iterable[str]) -> None:
        # The longest first: a token may begin with another one.
        self._secrets = sorted({s for s in secrets if s}, key=len, reverse=True)

    def text(self, text: str) -> str:
        """Give a text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return text

    def data(self, data: bytes) -> bytes:
        """Give bytes without secrets."""
        for secret in self._secrets:
            data = data.replace(secret.encode("utf-8", "replace"), MASK.encode())
        return data

    def exchange(self, exchange: Exchange) -> Exchange:
        """Give an exchange without secrets in its request and its answer."""
        request = replace(
            exchange.request,
            target=self.data(exchange.request.target),
            headers=self._headers(exchange.request.headers),
            body=self.data(exchange.request.body),
        )
        response = exchange.response and replace(
            exchange.response,
            headers=self._headers(exchange.response.headers),
            body=self.data(exchange.response.body),
        )
        return replace(exchange, request=request, response=response)

    def _headers(self, headers: Headers) -> Headers:
        return tuple((name, self.text(value)) for name, value in headers)

"""The masker: it replaces credentials in every exchange as soon as the response has arrived.

Evidence and reports only ever hold the mask. So no text that is quoted or shortened later can show
a part of a token, and no word of a message is mistaken for one. For personal data, see
`pseudonymizer`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote

from ...spec.masking import HIDDEN, MASK
from ..evidence.credentials import mask_of, near_misses
from .token_forms import SHORTEST_ENCODED, Finder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..http.exchange import Exchange, Request

SHORTEST_BEGINNING = 4
"""The number of characters that identify the beginning of a token at the end of a text."""


class Redaction:
    """Masks the tokens of a run, in every form in which a server may repeat them.

    The mask of an almost valid token says how the token was changed. A token that may be a word is
    only masked where it is the credential of a request. `others` are valid tokens, too, by the
    environment variable that each is in. `hidden` are secrets of the connection, which are no
    tokens.
    """

    def __init__(
        self,
        secrets: Iterable[str],
        others: Mapping[str, str] = MappingProxyType({}),
        hidden: Iterable[str] = (),
    ) -> None:
        self._hidden = Finder(sorted({secret for secret in hidden if secret}))
        self._others = dict(others)
        self._accept(secrets, others)

    def add(self, token: str) -> None:
        """Mask another token from now on, such as one that replaces a token that has ended."""
        known = [each for each in self._tokens if each not in self._others.values()]
        self._accept([*known, token], self._others)

    def _accept(self, secrets: Iterable[str], others: Mapping[str, str]) -> None:
        # The longest first, as one token may begin with another.
        given = {secret for secret in (*secrets, *others.values()) if secret}
        self._tokens = tokens = sorted(given, key=lambda s: (-len(s), s))
        self._finder = Finder([token for token in tokens if not is_word(token)])
        masks = {near: f"{MASK} ({how})" for t in tokens for near, how in near_misses(t)}
        masks |= dict.fromkeys(tokens, MASK)
        masks |= {token: mask_of(variable) for variable, token in others.items()}
        self._masks = masks | {quote(form, safe=""): mask for form, mask in masks.items()}
        forms = "|".join(map(re.escape, sorted(self._masks, key=len, reverse=True))) or "(?!)"
        # A credential is everything between blanks and separators of a header or a query.
        self._credential = re.compile(rf"(?<![^\s=])(?:{forms})(?![^\s&;,])")

    def text(self, text: str) -> str:
        """Return a text without tokens."""
        return self._hidden.replace(self._finder.replace(text, MASK), HIDDEN)

    def quoted(self, text: str) -> str:
        """Return a text that may be cut off at its end, without tokens or the beginning of one."""
        text = self.text(text)
        for token in self._tokens:
            for length in range(len(token) - 1, SHORTEST_BEGINNING - 1, -1):
                if text.endswith(token[:length]):
                    return text[:-length] + MASK
        return text

    def data(self, data: bytes) -> bytes:
        """Return bytes without tokens."""
        # Every byte is one character, so that the other bytes stay the same in any encoding.
        return self.text(data.decode("latin-1")).encode("latin-1")

    def exchange(self, exchange: Exchange) -> Exchange:
        """Return an exchange without tokens in its request, its response and its failure."""
        return replace(self.response(exchange), request=self.request(exchange.request))

    def request(self, request: Request) -> Request:
        """Return a request without tokens."""
        path, mark, query = request.target.decode("latin-1").partition("?")
        target = f"{self.text(path)}{mark}{self._credentials(query)}"
        return replace(
            request,
            target=target.encode("latin-1"),
            headers=tuple((self.text(n), self._credentials(v)) for n, v in request.headers),
            body=self.data(request.body),
        )

    def _credentials(self, text: str) -> str:
        return self.text(self._credential.sub(lambda found: self._masks[found[0]], text))

    def response(self, exchange: Exchange) -> Exchange:
        """Return an exchange without tokens in its response and its failure."""
        response = exchange.response and replace(
            exchange.response,
            reason=self.text(exchange.response.reason),
            headers=tuple((self.text(n), self.text(v)) for n, v in exchange.response.headers),
            body=self.data(exchange.response.body),
        )
        failure = exchange.failure and replace(
            exchange.failure, message=self.text(exchange.failure.message)
        )
        return replace(exchange, response=response, failure=failure)


def is_word(token: str) -> bool:
    """Whether a token may be a word of any text."""
    return len(token) < SHORTEST_ENCODED and token.isalpha()

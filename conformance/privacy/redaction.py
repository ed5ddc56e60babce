"""The masker: it takes credentials out of exchanges, as soon as they were exchanged.

From there on a mask stands in their place, in the evidence as in every report, so that nothing
which is quoted or shortened later can show a part of one, and none of the tool's own words is taken
for one. What a server says about people is another matter: see `pseudonymizer`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from ..evidence.credentials import MASK, near_misses
from .token_forms import SHORTEST_ENCODED, Finder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..http.exchange import Exchange, Request

SHORTEST_BEGINNING = 4
"""Characters that tell the beginning of a token from any text, where a text is cut off."""


class Redaction:
    """Masks the tokens of a run, in whatever form a server repeats them.

    A token that is almost valid says in its mask how it was made, for nothing else tells the two
    apart any more. A short word is masked where it is the credential, and nowhere else: everywhere
    else it is a word.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        # The longest first: a token may begin with another one.
        self._tokens = tokens = sorted({s for s in secrets if s}, key=lambda s: (-len(s), s))
        self._finder = Finder([token for token in tokens if not is_word(token)])
        masks = {near: f"{MASK} ({how})" for t in tokens for near, how in near_misses(t)}
        masks |= dict.fromkeys(tokens, MASK)
        self._masks = masks | {quote(form, safe=""): mask for form, mask in masks.items()}
        forms = "|".join(map(re.escape, sorted(self._masks, key=len, reverse=True))) or "(?!)"
        # What a credential is within a header or a query: all between blanks and separators.
        self._credential = re.compile(rf"(?<![^\s=])(?:{forms})(?![^\s&;,])")

    def text(self, text: str) -> str:
        """Return a text without tokens."""
        return self._finder.replace(text, MASK)

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
        # Every byte is one character, so that a body of any encoding comes out as it went in.
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

"""The masker: it replaces credentials in every exchange as soon as the response has arrived.

Evidence and reports only ever hold the mask. So no text that is quoted or shortened later can show
a part of a token, and no word of a message is mistaken for one. For personal data, see
`pseudonymizer`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote_plus

from ...spec.credentials import basic
from ...spec.secrets.masking import HIDDEN, MASK, hidden, is_secret, without_named_secrets
from ...spec.secrets.token_forms import finder
from ...spec.secrets.vocabulary import vocabulary
from ..records.credentials import mask_of, near_misses
from .remembered import Remembered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ...spec.contract import Contract
    from ..http.exchange import Exchange, Request

SHORTEST_BEGINNING = 4
"""The number of characters that identify the beginning of a token at the end of a text."""

# Bytes of queries and headers of which it is remembered what they become.
_MOST_REMEMBERED = 1 << 18
_CREDENTIALS = frozenset({"authorization", "cookie"})
# A credential is everything between blanks and separators of a header or a query.
_BEGINNING, _END = re.compile(r"(?<![^\s=])"), re.compile(r"(?![^\s&;,])")


class Words(NamedTuple):
    """What is no secret: names of members and parameters, and words; `own` are credentials' names.

    All but the names are in lower case.
    """

    names: frozenset[str]
    own: frozenset[str]
    words: frozenset[str]

    @classmethod
    def of(cls, contract: Contract | None, lists: Iterable[str] = ()) -> Words:
        """Return those of HTTP, of a contract and of the names of lists."""
        names = contract.names if contract else frozenset()
        schemes = contract.schemes.values() if contract else ()
        own = _CREDENTIALS.union(scheme.name.lower() for scheme in schemes)
        return cls(names, own, vocabulary((*names, *lists)))


class Redaction:
    """Masks the secrets of a run: its tokens wherever a server repeats them, and the server's own.

    The mask of an almost valid token says how the token was changed. A token that may be a word is
    only masked where it is the credential of a request. `others` are valid tokens, too, by the
    environment variable that each is in. `hidden` are secrets of the connection, which are no
    tokens. `words` are no parts of a token, and what they name is shown.
    """

    def __init__(
        self,
        secrets: Iterable[str],
        others: Mapping[str, str] = MappingProxyType({}),
        hidden: Iterable[str] = (),
        words: Words | None = None,
    ) -> None:
        self._names, self._own, self._words = words or Words.of(None)
        self._hidden = finder(tuple(hidden), self._words)
        self._others = dict(others)
        self._masked = Remembered(_MOST_REMEMBERED)
        self._accept(secrets, others)

    def add(self, token: str) -> None:
        """Mask another token from now on, such as one that replaces a token that has ended."""
        known = [each for each in self._tokens if each not in self._others.values()]
        self._accept([*known, token], self._others)

    def _accept(self, secrets: Iterable[str], others: Mapping[str, str]) -> None:
        # The longest first, as one token may begin with another.
        given = {secret for secret in (*secrets, *others.values()) if secret}
        self._tokens = tokens = sorted(given, key=lambda s: (-len(s), s))
        self._finder = finder(tuple(tokens), self._words)
        masks = {near: f"{MASK} ({how})" for t in tokens for near, how in near_misses(t)}
        masks |= dict.fromkeys(tokens, MASK)
        masks |= {token: mask_of(variable) for variable, token in others.items()}
        escaped = {quote(form, safe=""): mask for form, mask in masks.items()}
        self._masks = masks | {basic(form): mask for form, mask in masks.items()} | escaped
        self._near = sorted(self._masks, key=len, reverse=True)
        self._masked.clear()

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
        """Return an exchange without secrets in its request, its response and its failure."""
        return self.response(exchange, self.request(exchange.request))

    def request(self, request: Request) -> Request:
        """Return a request without tokens."""
        return replace(
            request,
            target=self.target(request.target),
            headers=tuple((self.text(n), self._credential_of(n, v)) for n, v in request.headers),
            body=self.data(request.body),
        )

    def target(self, target: bytes) -> bytes:
        """Return the target of a request without tokens."""
        path, mark, query = target.decode("latin-1").partition("?")
        shown = self._masked.of(self._query, query)
        return f"{self.text(path)}{mark}{shown}".encode("latin-1")

    def _query(self, query: str) -> str:
        return "&".join(map(self._pair, query.split("&")))

    def _pair(self, pair: str) -> str:
        name, sign, value = pair.partition("=")
        return f"{self.text(name)}{sign}{self._credential_of(unquote_plus(name), value)}"

    def _credential_of(self, name: str, text: str) -> str:
        """Return the value of a header or a parameter without tokens, which may be words."""
        if is_secret(name) or name.lower() in self._own:
            text = self._without_credentials(text)
        return self.text(text)

    def _without_credentials(self, text: str) -> str:
        done, parts = 0, []
        for found in _BEGINNING.finditer(text):
            start = found.start()
            for near in self._near:
                end = start + len(near)
                if start >= done and text.startswith(near, start) and _END.match(text, end):
                    parts += [text[done:start], self._masks[near]]
                    done = end
                    break
        return "".join([*parts, text[done:]])

    def response(self, exchange: Exchange, request: Request | None = None) -> Exchange:
        """Return an exchange without secrets in its response and its failure.

        `request` takes the place of its request.
        """
        response = exchange.response and replace(
            exchange.response,
            reason=self.text(exchange.response.reason),
            headers=tuple(
                self._masked.of(self._header, name, value)
                for name, value in exchange.response.headers
            ),
            body=self._without_secrets(exchange.response.body.decode("latin-1")).encode("latin-1"),
        )
        failure = exchange.failure and replace(
            exchange.failure, message=self._without_secrets(exchange.failure.message)
        )
        return replace(
            exchange, request=request or exchange.request, response=response, failure=failure
        )

    def _header(self, name: str, value: str) -> tuple[str, str]:
        shown = self._without_secrets(value)
        return self.text(name), hidden(shown) if is_secret(name) else shown

    def _without_secrets(self, text: str) -> str:
        return without_named_secrets(self.text(text), self._names)

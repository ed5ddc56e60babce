"""The sanitizer: secrets are taken out of the traffic of others before anything is kept.

Whether a token is valid, or nearly so, is noted in the mask that replaces it, for rules to see.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, partial
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from ..conformance.evidence.credentials import credentials, decode, is_near
from ..conformance.privacy.redaction import Redaction
from ..spec.masking import HIDDEN, MASK, is_secret, without_secrets
from ..spec.token_forms import PART

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..conformance.http.exchange import Exchange, Headers, Request
    from ..spec.contract import Contract
    from ..spec.model import SecurityScheme

_MOST_TOKENS = 64
# Words are shorter.
_LONG = 20


class Sanitized(NamedTuple):
    """A request without its secrets, and those that can be looked for in a response.

    Short secrets cannot: they may be words.
    """

    request: Request
    sought: tuple[str, ...]


class Sanitizer:
    """Sanitizes exchanges; `tokens` are the valid ones, None if they are not known.

    `hidden` are other secrets that a response may repeat.
    """

    def __init__(
        self,
        contract: Contract,
        tokens: Iterable[str] | None = None,
        hidden: Iterable[str] = (),
    ) -> None:
        self._others = Redaction((), hidden=hidden, contract=contract)
        self._schemes = tuple(contract.schemes.values())
        self._own = frozenset(name for scheme in self._schemes for name in _headers_of(scheme))
        self._kept = dict.fromkeys(s.name for s in self._schemes if s.location == "query")
        self._tokens = None if tokens is None else tuple(tokens)
        self._redaction = lru_cache(_MOST_TOKENS)(partial(Redaction, contract=contract))

    @property
    def tokens(self) -> frozenset[str] | None:
        """The valid tokens as they are in sanitized requests."""
        return None if self._tokens is None else frozenset({MASK})

    def secrets_of(self, request: Request) -> list[str]:
        """Return the credentials of a request that are not masked yet."""
        given = [c for scheme in self._schemes for c in credentials(scheme, request)]
        return [secret for secret in dict.fromkeys(given) if secret and MASK not in secret]

    def __call__(self, exchange: Exchange) -> Exchange:
        """Return an exchange without its secrets."""
        return self.exchange(exchange, self.request(exchange.request))

    def request(self, request: Request) -> Sanitized:
        """Return a request without its secrets."""
        masked, secrets = request, self.secrets_of(request)
        for secret in secrets:
            masked = self._masked(masked, secret)
        masked = self._hidden(masked)
        sought = tuple(each for each in (*secrets, *(self._tokens or ())) if _is_distinct(each))
        return Sanitized(self._redaction(sought).request(masked) if sought else masked, sought)

    def exchange(self, exchange: Exchange, request: Sanitized) -> Exchange:
        """Return an exchange without its secrets; its request was sanitized before."""
        exchange = self._others.response(exchange)
        if request.sought:
            exchange = self._redaction(request.sought).response(exchange)
        response = exchange.response
        if response is not None:
            headers = _hidden_headers(response.headers, frozenset())
            if headers != response.headers:
                response = replace(response, headers=headers)
        return replace(exchange, request=request.request, response=response)

    def _masked(self, request: Request, secret: str) -> Request:
        """Mask a credential where credentials stand, and nowhere else: it may be a short word."""
        mask = self._mask(secret)
        path, mark, query = request.target.decode("latin-1").partition("?")
        names = {scheme.name for scheme in self._schemes if scheme.location == "query"}
        pairs = [
            f"{pair.partition('=')[0]}={quote(mask, safe='')}"
            if pair.partition("=")[0] in names and decode(pair.partition("=")[2]) == secret
            else pair
            for pair in query.split("&")
        ]
        return replace(
            request,
            target=f"{path}{mark}{'&'.join(pairs)}".encode("latin-1"),
            headers=tuple(
                (name, value.replace(secret, mask) if name.lower() in self._own else value)
                for name, value in request.headers
            ),
        )

    def _mask(self, secret: str) -> str:
        if self._tokens is None or secret in self._tokens:
            return MASK
        name = blake2b(secret.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
        near = any(is_near(secret, token) for token in self._tokens)
        return f"{MASK} (nearly: {name})" if near else f"other-token-{name}"

    def _hidden(self, request: Request) -> Request:
        """Hide the secrets that are no credentials of the contract."""
        path, mark, query = request.target.decode("latin-1").partition("?")
        target = f"{path}{mark}{without_secrets(query, self._kept)}"
        headers = _hidden_headers(request.headers, self._own)
        return replace(request, target=target.encode("latin-1"), headers=headers)


def _headers_of(scheme: SecurityScheme) -> Iterator[str]:
    """Yield the headers, in lower case, that carry the credential of a scheme."""
    if scheme.kind != "apiKey":
        yield "authorization"
    elif scheme.location != "query":
        yield "cookie" if scheme.location == "cookie" else scheme.name.lower()


def _hidden_headers(headers: Headers, kept: frozenset[str]) -> Headers:
    return tuple(
        (name, HIDDEN if is_secret(name) and name.lower() not in kept else value)
        for name, value in headers
    )


def _is_distinct(secret: str) -> bool:
    """Whether a credential differs from the words of a response, and so can be looked for there."""
    long = len(secret) >= PART
    return long and (len(secret) >= _LONG or any(character.isdigit() for character in secret))

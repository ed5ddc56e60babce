"""The sanitizer: secrets are taken out of the traffic of others before anything is kept.

Whether a token is valid, or nearly so, is noted in the mask that replaces it, for rules to see.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, partial
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from ..conformance.http.exchange import Request
from ..conformance.privacy.redaction import Redaction, Words
from ..conformance.records.credentials import credentials, decode, is_near, split_query
from ..spec.credentials import basic, read
from ..spec.secrets.masking import HIDDEN, MASK, is_secret, without_named_secrets, without_secrets
from ..spec.secrets.token_forms import PART

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..conformance.http.exchange import Exchange
    from ..spec.contract import Contract
    from ..spec.model.schemes import SecurityScheme

_OTHER = "other-token-"
# Words are shorter.
_LONG = 20
_MOST_KEPT = 64


class Sanitized(NamedTuple):
    """A request without its secrets, and those that can be looked for in a response.

    `sought` are tokens, `hidden` other secrets. Short secrets are in neither: they may be words.
    """

    request: Request
    sought: tuple[str, ...]
    hidden: tuple[str, ...] = ()


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
        self._always = tuple(hidden)
        words = Words.of(contract)
        self._names = words.names
        self._schemes = tuple(contract.schemes.values())
        self._own = frozenset(name for scheme in self._schemes for name in _headers_of(scheme))
        self._kept = dict.fromkeys(s.name for s in self._schemes if s.location == "query")
        self._tokens = None if tokens is None else tuple(tokens)
        # Most requests of a client have the same headers.
        self._redaction = lru_cache(_MOST_KEPT)(partial(Redaction, words=words))
        self._of_headers = lru_cache(_MOST_KEPT)(
            lambda headers: self._sanitized(Request("", b"", headers))
        )

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
        names = (name for name, _ in split_query(request.query))
        if request.body or any(name in self._kept or is_secret(name) for name in names):
            return self._sanitized(request)
        known, sought, hidden = self._of_headers(request.headers)
        target = self._redaction(sought, hidden=hidden).target(request.target)
        return Sanitized(replace(known, method=request.method, target=target), sought, hidden)

    def _sanitized(self, request: Request) -> Sanitized:
        masked, secrets = request, self.secrets_of(request)
        for secret in secrets:
            masked = self._masked(masked, secret)
        # Those that may be words of a response are not looked for there.
        given = (*secrets, *self._logins(request))
        sought = (*(s for s in given if not _is_mask(s)), *(self._tokens or ()))
        hidden = tuple(filter(_is_distinct, self._others_in(masked)))
        masked = self._redaction(sought, hidden=hidden).request(self._hidden(masked))
        return Sanitized(masked, sought, hidden)

    def _logins(self, request: Request) -> Iterator[str]:
        """Yield the logins of Basic, which a request has in base64, and their passwords."""
        for scheme in (each for each in self._schemes if each.is_basic):
            for login in read(scheme, request.headers):
                yield from filter(None, (login, login.partition(":")[2]))

    def exchange(self, exchange: Exchange, request: Sanitized) -> Exchange:
        """Return an exchange without its secrets; its request was sanitized before."""
        headers = exchange.response.headers if exchange.response else ()
        cookies = (v for n, v in headers if n.lower() == "set-cookie")
        values = (cookie.partition(";")[0].partition("=")[2] for cookie in cookies)
        given = (*self._always, *request.hidden, *filter(_is_distinct, values))
        masker = self._redaction(request.sought, hidden=tuple(dict.fromkeys(given)))
        return masker.response(exchange, request.request)

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
        if self._tokens is None or secret in {*self._tokens, *map(basic, self._tokens)}:
            return MASK
        name = blake2b(secret.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
        near = any(is_near(secret, token) for token in self._tokens)
        return f"{MASK} (nearly: {name})" if near else f"{_OTHER}{name}"

    def _hidden(self, request: Request) -> Request:
        """Hide the secrets that are no credentials of the contract."""
        path, mark, query = request.target.decode("latin-1").partition("?")
        target = f"{path}{mark}{without_secrets(query, self._kept)}"
        body = without_named_secrets(request.body.decode("latin-1"), self._names)
        return replace(
            request,
            target=target.encode("latin-1"),
            headers=tuple((name, self._header(name, v)) for name, v in request.headers),
            body=body.encode("latin-1"),
        )

    def _header(self, name: str, value: str) -> str:
        if name.lower() == "cookie" and "cookie" in self._own:
            pairs = (pair.partition("=") for pair in value.split(";"))
            return ";".join(f"{n}={v if _is_mask(v) else HIDDEN}" for n, _, v in pairs)
        if is_secret(name) and name.lower() not in self._own:
            return HIDDEN
        return without_named_secrets(value, self._names)

    def _others_in(self, request: Request) -> Iterator[str]:
        """Yield the secrets of a request that are no credentials of the contract."""
        for name, value in split_query(request.query):
            if is_secret(name) and name not in self._kept:
                yield value
        for name, value in request.headers:
            if name.lower() == "cookie":
                yield from (pair.partition("=")[2].strip() for pair in value.split(";"))
            elif is_secret(name) and name.lower() not in self._own:
                yield value.rpartition(" ")[2]


def _headers_of(scheme: SecurityScheme) -> Iterator[str]:
    """Yield the headers, in lower case, that carry the credential of a scheme."""
    if scheme.kind != "apiKey":
        yield "authorization"
    elif scheme.location != "query":
        yield "cookie" if scheme.location == "cookie" else scheme.name.lower()


def _is_mask(value: str) -> bool:
    return MASK in value or value.startswith(_OTHER)


def _is_distinct(secret: str) -> bool:
    """Whether a value that may be no secret differs from the words of a response."""
    long = len(secret) >= PART and not _is_mask(secret)
    return long and (len(secret) >= _LONG or any(character.isdigit() for character in secret))

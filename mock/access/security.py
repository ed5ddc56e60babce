"""Credentials: read from where the contract puts them, and compared in constant time."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from ...spec import credentials
from ..http.error_response import ErrorResponse
from ..http.request_parser import MOST_PAIRS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ...spec.contract import Contract
    from ...spec.model.operation import Operation
    from ...spec.model.schemes import SecurityScheme

    RawHeaders = Iterable[tuple[bytes, bytes]]

FALLBACK = "token"
"""The valid token if neither the contract nor the command line names one."""
_MISSING, _WRONG = 401, 403


class Guard:
    """Knows the valid tokens; with `anything` every credential that is not empty is valid."""

    def __init__(
        self, contract: Contract, tokens: Sequence[str], *, anything: bool = False
    ) -> None:
        self._contract = contract
        self._tokens = tuple(token.encode("utf-8", "surrogateescape") for token in tokens)
        self._anything = anything

    def valid(self, scheme: SecurityScheme) -> tuple[bytes, ...]:
        """Return the tokens that a scheme accepts."""
        return self._tokens or ((scheme.example or FALLBACK).encode(),)

    @property
    def tokens(self) -> set[str]:
        """All tokens that are accepted, as they are in headers."""
        schemes = self._contract.schemes.values()
        return {token.decode("latin-1") for scheme in schemes for token in self.valid(scheme)}

    def token(self) -> str:
        """Return a valid token of the contract's first scheme, as text."""
        for scheme in self._contract.schemes.values():
            return self.valid(scheme)[0].decode("utf-8", "surrogateescape")
        return FALLBACK

    def check(
        self, scheme: SecurityScheme, headers: RawHeaders, query: bytes, operation: Operation | None
    ) -> None:
        """Raise ErrorResponse, without what was sent, if the credential is missing or not valid."""
        sent = _credential(scheme, headers, query)
        if sent is None:
            raise ErrorResponse(
                _status(operation, _MISSING),
                "Token is missing",
                f"{describe(scheme)} is missing; {how(scheme)}",
                headers=_challenge(scheme),
            )
        if self._anything and sent:
            return
        known, password = False, sent
        if scheme.is_basic:
            password = sent.partition(b":")[2] or sent
        for token in self.valid(scheme):
            known |= hmac.compare_digest(sent, token) or hmac.compare_digest(password, token)
        if not known:
            raise ErrorResponse(
                _status(operation, _WRONG),
                "Token is not valid",
                f"the token in {describe(scheme)} is not valid; {self._hint(scheme, sent)}",
                headers=_challenge(scheme) if _status(operation, _WRONG) == _MISSING else (),
            )

    def _hint(self, scheme: SecurityScheme, sent: bytes) -> str:
        if not sent.strip():
            return "the token is empty"
        for token in self.valid(scheme):
            if sent.lower() == b"bearer " + token.lower():
                return "send the token without Bearer"
            if sent.strip(b"\"' ") == token:
                return "remove the blanks or quotes around it"
            if sent.lower() == token.lower():
                return "tokens are case-sensitive"
        return how(scheme)


def credential(operation: Operation, headers: RawHeaders, query: bytes) -> bytes | None:
    """Return the credential that a request to an operation has, None without one."""
    headers = list(headers)
    sent = (_credential(scheme, headers, query) for scheme in operation.schemes)
    return next((each for each in sent if each is not None), None)


def describe(scheme: SecurityScheme) -> str:
    """Return where a scheme's credential is sent: 'header Authorization'."""
    if scheme.kind == "apiKey":
        place = "query parameter" if scheme.location == "query" else scheme.location
        return f"{place} {scheme.name}"
    return "header Authorization"


def how(scheme: SecurityScheme) -> str:
    """Return how to send a credential of a scheme, as a sentence without a full stop."""
    if scheme.kind == "apiKey":
        return "send the token alone, without a prefix"
    if scheme.is_basic:
        return "send 'Basic' and the base64 of the token, or of USER:TOKEN"
    return f"send '{scheme.word}' and the token"


def _challenge(scheme: SecurityScheme) -> tuple[tuple[str, str], ...]:
    if scheme.kind == "apiKey":
        return ()
    return (("WWW-Authenticate", f'{scheme.word} realm="stub"'),)


def _status(operation: Operation | None, wanted: int) -> int:
    """Return the other of 401 and 403 if an operation declares only that one."""
    if operation is None or str(wanted) in operation.responses:
        return wanted
    other = _WRONG if wanted == _MISSING else _MISSING
    return other if str(other) in operation.responses else _MISSING


def _credential(scheme: SecurityScheme, headers: RawHeaders, query: bytes) -> bytes | None:
    """Return the secret of a request for a scheme; several are one with commas, and not valid."""
    # Every operation refuses a query with more parameters than these.
    pairs = b"&".join(query.split(b"&", MOST_PAIRS)[:MOST_PAIRS]).decode("latin-1")
    sent = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
    found = [_encoded(scheme, each) for each in credentials.read(scheme, sent, pairs)]
    return b", ".join(found) if found else None


def _encoded(scheme: SecurityScheme, secret: str) -> bytes:
    """Return a secret as bytes: each character of a header or a cookie is one."""
    if scheme.place == "query" or scheme.is_basic:
        return secret.encode("utf-8", "surrogateescape")
    return secret.encode("latin-1")

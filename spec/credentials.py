"""Credentials: how a request carries the secret of a security scheme, and how it is read there.

The secret of Basic is USER:PASSWORD; one without a colon is a user without a password.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import quote

from .parameters.received import cookie_pairs, decoded, query_pairs
from .secrets.masking import MASK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .model.schemes import SecurityScheme

_SAFE = "-._~"


def write(scheme: SecurityScheme, secret: str) -> str:
    """Return the raw value that carries a secret.

    It belongs in `scheme.place`, in the header, query parameter or cookie `scheme.header`.
    """
    if scheme.kind == "apiKey":
        return quote(secret, safe=_SAFE) if scheme.place == "query" else secret
    return f"{scheme.word} {basic(secret) if scheme.is_basic else secret}"


def read(scheme: SecurityScheme, headers: Iterable[tuple[str, str]], query: str = "") -> list[str]:
    """Return the secrets of a request for a scheme, [] if it carries none.

    A header without the word of the scheme carries '', or its whole value if it has another word.
    """
    values = raw(scheme, headers, query)
    if scheme.place == "query":
        return [decoded(value) for value in values]
    return values if scheme.kind == "apiKey" else [_secret(scheme, value) for value in values]


def raw(scheme: SecurityScheme, headers: Iterable[tuple[str, str]], query: str = "") -> list[str]:
    """Return the raw values of the header, query parameter or cookie of a scheme."""
    if scheme.place == "query":
        return [value for name, value in query_pairs(query) if name == scheme.name]
    name = "cookie" if scheme.place == "cookie" else scheme.header.lower()
    values = [value for own, value in headers if own.lower() == name]
    if scheme.place == "cookie":
        pairs = (pair for value in values for pair in cookie_pairs(value))
        return [value for own, value in pairs if own == scheme.name]
    return values


def basic(secret: str) -> str:
    """Return a secret as Basic writes it, in base64."""
    text = secret if ":" in secret else f"{secret}:"
    return base64.b64encode(text.encode("utf-8", "surrogateescape")).decode()


def _secret(scheme: SecurityScheme, value: str) -> str:
    word, blank, rest = value.partition(" ")
    if word.lower() != scheme.word.lower():
        return value if blank else ""
    rest = rest.strip(" ")
    if not scheme.is_basic or MASK in rest:
        return rest
    try:
        text = base64.b64decode(rest, validate=True).decode("utf-8", "surrogateescape")
    except ValueError:
        return ""
    user, _, password = text.partition(":")
    return text if password else user

"""Credentials in requests: where a request carries one, and tokens that are almost valid."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...spec.credentials import raw
from ...spec.parameters.received import decoded, query_pairs
from ...spec.secrets.masking import MASK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ...spec.model.schemes import SecurityScheme
    from ..http.exchange import Request

MASKED = re.compile(re.escape(MASK) + r"(?: \(([^()]*)\))?")
"""A mask, and in its group how the token in its place was changed, if it was."""
_ANOTHER = re.compile(re.escape(MASK) + r" \(from (\w+)\)")
SUFFIX = "the token with a suffix"
CUT_OFF = "the token without its end"
FLIPPED = "the token with its case flipped"


def near_misses(token: str) -> Iterator[tuple[str, str]]:
    """Tokens that are almost valid, each with how it was changed."""
    yield f"{token}x", SUFFIX
    if len(token) > 1:
        yield token[:-1], CUT_OFF
    if token.swapcase() != token:
        yield token.swapcase(), FLIPPED


def mask_of(variable: str) -> str:
    """Return what replaces another valid token, which is in an environment variable."""
    return f"{MASK} (from {variable})"


def variable_of(given: str) -> str | None:
    """Return the environment variable of a masked credential, None if it is no other token."""
    found = _ANOTHER.fullmatch(given)
    return found[1] if found else None


def credentials(scheme: SecurityScheme, request: Request) -> list[str]:
    """Return the credentials of a request for a security scheme, [] if it has none.

    One of the header Authorization is as it is there, without the word before it.
    """
    values = raw(scheme, request.headers, request.query)
    if scheme.place == "query":
        return [decoded(value) for value in values]
    return values if scheme.kind == "apiKey" else [value.partition(" ")[2] for value in values]


def variable_in(request: Request, schemes: Iterable[SecurityScheme]) -> str | None:
    """Return the environment variable of the other token in a request, None without one."""
    given = [value for scheme in schemes for value in credentials(scheme, request)]
    return next(filter(None, map(variable_of, given)), None)


def is_near(given: str, token: str) -> bool:
    """Whether a text is nearly a token: longer, cut off, or of another case."""
    return given.startswith(token) or token.startswith(given) or given.lower() == token.lower()


def split_query(query: str) -> Iterable[tuple[str, str]]:
    """Split a raw query into names and values, decoded, in the order they stand."""
    for name, value in query_pairs(query):
        yield name, decoded(value)


def decode(text: str) -> str:
    """Undo percent-encoding; bytes that are not UTF-8 become U+FFFD, which is in no number."""
    return decoded(text, plus=False)

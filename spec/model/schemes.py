"""Security schemes: where a request has the credential of each, and which fit in one request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """A security scheme; `name` is the header, query parameter or cookie of an apiKey."""

    id: str
    kind: str
    location: str
    name: str
    scheme: str
    example: str | None
    requirements: Mapping[str, str]

    @property
    def place(self) -> str:
        """Where the credential is in a request: in a header, the query or a cookie."""
        return self.location if self.kind == "apiKey" else "header"

    @property
    def header(self) -> str:
        """The name of the request header with the credential, or of what stands in its place."""
        return self.name if self.kind == "apiKey" else "Authorization"

    @property
    def is_basic(self) -> bool:
        """Whether the scheme is Basic (RFC 7617)."""
        return self.kind == "http" and self.scheme == "basic"

    @property
    def word(self) -> str:
        """The word before a credential in the header Authorization, '' for a key."""
        if self.kind == "apiKey":
            return ""
        return self.scheme.capitalize() if self.kind == "http" and self.scheme else "Bearer"


def fit_together(schemes: Iterable[SecurityScheme]) -> bool:
    """Whether one request can carry credentials for all schemes: a header carries only one."""
    words: dict[tuple[str, str], str] = {}
    return all(
        words.setdefault((each.place, each.header.lower()), each.word) == each.word
        for each in schemes
    )

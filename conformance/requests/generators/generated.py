"""Generated requests: the output of a generator, before a caller makes a request of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote

if TYPE_CHECKING:
    from ...http.exchange import Request
    from ..probes.probe import Caller

Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""Names and values in order, not percent-encoded; a name may occur twice."""


@dataclass(frozen=True, slots=True)
class GeneratedRequest:
    """A request that differs from a valid one in its query or in its headers.

    `query` is the whole query, and `headers` replace the default ones. `correct` says whether the
    generator takes the request for valid, `about` is the parameter that it changed ('' for none),
    and `why` is its description.
    """

    query: Pairs
    headers: Pairs
    correct: bool
    about: str
    why: str

    def request(self, caller: Caller) -> Request:
        """Return the request for the list and with the token of a caller."""
        usual = [parameter.name for parameter in caller.operation.located("query")]
        # Everything is escaped: how a server reads a bare quote or bracket is not tested here.
        query = [(quote(name, safe=""), quote(value, safe="-._~")) for name, value in self.query]
        return caller.request(
            query=dict.fromkeys(usual), extra=query, headers=dict(self.headers) or None
        )

"""Generated requests: what a generator made up, before a caller writes it down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote

if TYPE_CHECKING:
    from ..http.exchange import Request
    from ..probes.probe import Caller

Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""Names and values in order, nothing percent-encoded; a name may stand twice."""


@dataclass(frozen=True, slots=True)
class GeneratedRequest:
    """A request that differs from a correct one in its query or in its headers.

    `query` is the whole query, `headers` are those that take the place of the usual ones; `correct`
    is what the generator thinks of it, `about` the parameter it has changed ('' for none), `why`
    what it was after.
    """

    query: Pairs
    headers: Pairs
    correct: bool
    about: str
    why: str

    def request(self, caller: Caller) -> Request:
        """Write the request for the list and with the token of a caller."""
        usual = [parameter.name for parameter in caller.operation.located("query")]
        # Everything is escaped: how a server takes a bare quote or a bracket is not the question.
        query = [(quote(name, safe=""), quote(value, safe="-._~")) for name, value in self.query]
        return caller.request(
            query=dict.fromkeys(usual), extra=query, headers=dict(self.headers) or None
        )

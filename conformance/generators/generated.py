"""Generated requests: what a generator made up, before a caller writes it down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeAlias
from urllib.parse import quote

from ..evidence import json_members as members

if TYPE_CHECKING:
    from collections.abc import Iterable

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

    def to_json(self) -> dict[str, Any]:
        """Give it as a JSON object."""
        return {
            "query": [list(pair) for pair in self.query],
            "headers": [list(pair) for pair in self.headers],
            "correct": self.correct,
            "about": self.about,
            "why": self.why,
        }

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read what `to_json` wrote; raise ValueError if it is something else."""
        found = members.of(value)
        return cls(
            query=_pairs(members.array(found, "query")),
            headers=_pairs(members.array(found, "headers")),
            correct=members.boolean(found, "correct"),
            about=members.text(found, "about"),
            why=members.text(found, "why"),
        )


def _pairs(values: Iterable[object]) -> Pairs:
    pairs: list[tuple[str, str]] = []
    for value in values:
        match value:
            case [str(name), str(text)]:
                pairs.append((name, text))
            case _:
                raise ValueError(f"expected a pair of texts, found {value!r}")
    return tuple(pairs)

"""Overlap: pairs of different requests, to be under way at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .headers import UNKNOWN_TOKEN
from .plan import Profile
from .probe import Probe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .probe import Caller

PAIRS = {Profile.SMOKE: 0, Profile.GATE: 8, Profile.DEEP: 400}
"""How many pairs are sent by default."""
ALONE = 8
"""The maximum number of requests that are sent alone, for the comparison."""


class Pair(NamedTuple):
    """Two different requests, and in what they differ."""

    probes: tuple[Probe, Probe]
    difference: str

    @property
    def orders(self) -> tuple[Pair, Pair]:
        """The pair, and the same requests in the other order."""
        first, second = self.probes
        return self, Pair((second, first), self.difference)


def most_requests(count: int) -> int:
    """Return the maximum number of requests for so many pairs."""
    return 2 * count + (ALONE if count else 0)


def pairs(callers: Sequence[Caller], total: int) -> Iterator[Pair]:
    """Yield pairs that differ in one thing each, the most telling first.

    `callers` are those of one operation, `total` is how many rows the list of the first one has.
    Other probes send the same requests one at a time, so what they get alone is mostly known.
    """
    caller, *others = callers
    paging = caller.operation.pagination
    valid = Probe(caller.request(), "a valid request")
    for other in others[:1]:
        yield Pair((valid, Probe(other.request(), "for another list")), "the list")
    unknown = [Pair((valid, probe), "the list") for probe in _unknown_lists(caller)]
    if not others:
        yield from unknown
    with_sizes: list[Pair] = []
    if paging is not None:
        sizes = [size for size in (paging.size.minimum, paging.size.maximum) if size is not None]
        with_sizes = [
            Pair((valid, Probe(caller.request(size=size), f"with size {size}")), paging.size.name)
            for size in sizes
            if size != paging.size.example
        ]
        yield from with_sizes[:1]
        page = max(paging.last(total, paging.usual), paging.first + 1)
        yield Pair((valid, Probe(caller.request(page=page), f"page {page}")), paging.page.name)
    for probe in _without_valid_token(caller):
        yield Pair((valid, probe), "the token")
    if paging is not None:
        yield from with_sizes[1:]
        if paging.size.maximum is not None:
            too_large = str(paging.size.maximum + 1)
            request = caller.request(query={paging.size.name: too_large})
            yield Pair((valid, Probe(request, f"with size {too_large}")), paging.size.name)
    if others:
        yield from unknown


def _unknown_lists(caller: Caller) -> Iterator[Probe]:
    for parameter in caller.operation.located("path"):
        if parameter.unknown is not None:
            request = caller.of(**{parameter.name: parameter.unknown}).request()
            yield Probe(request, f"for {parameter.unknown}, which is unknown")


def _without_valid_token(caller: Caller) -> Iterator[Probe]:
    for scheme in caller.operation.first_schemes:
        yield Probe(caller.request(token=UNKNOWN_TOKEN), "with an unknown token")
        yield Probe(caller.request(credentials={scheme.id: None}), "without the token")

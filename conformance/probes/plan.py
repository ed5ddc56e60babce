"""The plan: everything that is known before anything is sent."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from .headers import other_headers, tokens
from .http import other_methods, repeats
from .parameters import parameters, paths
from .probe import Probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...spec.contract import Contract
    from .probe import Caller


class Profile(StrEnum):
    """How much a run sends."""

    SMOKE = "smoke"
    """At most 12 requests: the server responds, rejects and pages at all."""
    GATE = "gate"
    """At most 150 requests, the same ones every time: for every build."""
    DEEP = "deep"
    """As long as it may take: for the night."""


REPEATS = {Profile.SMOKE: 1, Profile.GATE: 9, Profile.DEEP: 40}
MOST_REQUESTS = {Profile.SMOKE: 12, Profile.GATE: 150, Profile.DEEP: None}
MOST_GENERATED = {Profile.SMOKE: 0, Profile.GATE: 15, Profile.DEEP: 500}
# Requests past the end of a walk, and for pages that are read again.
AROUND = 7
MANY_PAGES = 2000


def static(contract: Contract, caller: Caller, profile: Profile) -> Iterator[Probe]:
    """Yield the probes of one operation that are not generated."""
    known = frozenset(op.method for op in contract.operations if op.path == caller.operation.path)
    yield from repeats(caller, REPEATS[profile])
    for section in (tokens, other_headers, parameters, paths):
        yield from (p for p in section(caller) if p.smoke or profile is not Profile.SMOKE)
    if profile is not Profile.SMOKE:
        yield from other_methods(caller, known)


def first(caller: Caller) -> Probe:
    """Return the request that shows whether anything can be judged at all."""
    return Probe(caller.request(), "a valid request")


def pages_left(profile: Profile, operation: int, sent: int) -> int:
    """Return how many pages of the lists of an operation may be read.

    `operation` counts from 1 in the order of the contract, `sent` is how many requests there were.
    """
    most = MOST_REQUESTS[profile]
    if most is None:
        return MANY_PAGES
    return max(0, operation * most - sent - AROUND - MOST_GENERATED[profile])

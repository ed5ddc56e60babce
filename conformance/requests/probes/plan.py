"""The plan: everything that is known before anything is sent."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from .headers import codings, other_headers, tokens
from .http import other_methods
from .parameters import parameters, paths
from .probe import Probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ....spec.contract import Contract
    from .probe import Caller


class Profile(StrEnum):
    """How much a run sends."""

    SMOKE = "smoke"
    """At most 12 requests and 1 for each further list: it responds, rejects and pages at all."""
    GATE = "gate"
    """At most 200 requests and 30 for each further list, the same every time: for every build."""
    DEEP = "deep"
    """As long as it may take: for the night."""


# How often the first request is sent again at the start, and at most later on.
REPEATS = {Profile.SMOKE: 1, Profile.GATE: 2, Profile.DEEP: 40}
MOST_REMINDERS = {Profile.SMOKE: 0, Profile.GATE: 10, Profile.DEEP: 100}
MOST_REQUESTS = {Profile.SMOKE: 12, Profile.GATE: 200, Profile.DEEP: None}
# For each list of an operation after its first one.
MOST_FURTHER = {Profile.SMOKE: 1, Profile.GATE: 30, Profile.DEEP: None}
MOST_GENERATED = {Profile.SMOKE: 0, Profile.GATE: 10, Profile.DEEP: 500}
# Requests that follow the walks, without the generated ones: some are read again, or reminders.
AFTERWARDS = {Profile.SMOKE: 0, Profile.GATE: 7, Profile.DEEP: 0}
# Requests past the end of a walk, and for pages that are read again.
AROUND = 7
MANY_PAGES = 2000


def static(
    contract: Contract, caller: Caller, profile: Profile, *, mine: bool = False
) -> Iterator[Probe]:
    """Yield the probes of one operation that are not generated.

    If the server is `mine`, methods that may write are sent to lists that exist, too.
    """
    known = frozenset(op.method for op in contract.operations if op.path == caller.operation.path)
    for section in (tokens, other_headers, codings, parameters, paths):
        yield from (p for p in section(caller) if p.smoke or profile is not Profile.SMOKE)
    if profile is not Profile.SMOKE:
        yield from other_methods(caller, known, mine=mine)


def first(caller: Caller) -> Probe:
    """Return the request that shows whether anything can be judged at all."""
    return Probe(caller.request(), "a valid request")


def reminder(probe: Probe) -> Probe:
    """Return the first request for the times that it is sent again."""
    return replace(probe, note="the first request again, to see whether it still succeeds")


def budget(profile: Profile, lists: int) -> int | None:
    """Return the maximum number of requests for one operation with so many lists, None without."""
    most, further = MOST_REQUESTS[profile], MOST_FURTHER[profile]
    if most is None or further is None:
        return None
    return most + further * max(0, lists - 1)


def pages_left(profile: Profile, most: int | None, sent: int) -> int:
    """Return how many pages of the lists of an operation may be read.

    `most` is the budget of this operation and of those before it, `sent` is how many requests
    there were.
    """
    if most is None:
        return MANY_PAGES
    return max(0, most - sent - AROUND - MOST_GENERATED[profile] - AFTERWARDS[profile])

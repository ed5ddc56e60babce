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

    from .probe import Caller


class Profile(StrEnum):
    """How much a run sends."""

    SMOKE = "smoke"
    """At most 12 requests: does it answer, refuse and page at all."""
    GATE = "gate"
    """At most 150 requests, the same ones every time: for every build."""
    DEEP = "deep"
    """As long as it may take: for the night."""


REPEATS = {Profile.SMOKE: 1, Profile.GATE: 9, Profile.DEEP: 40}
MOST_REQUESTS = {Profile.SMOKE: 12, Profile.GATE: 150, Profile.DEEP: None}


def static(caller: Caller, known: frozenset[str], profile: Profile) -> Iterator[Probe]:
    """Give the probes of one operation that depend on nothing an answer says.

    `known` are the methods the contract has at this path.
    """
    yield from repeats(caller, REPEATS[profile])
    for section in (tokens, other_headers, parameters, paths):
        yield from (p for p in section(caller) if p.smoke or profile is not Profile.SMOKE)
    if profile is not Profile.SMOKE:
        yield from other_methods(caller, known)


def first(caller: Caller) -> Probe:
    """Give the request that shows whether anything can be judged at all."""
    return Probe(caller.request(), "a correct request")

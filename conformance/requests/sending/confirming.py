"""Confirming: what fails, or is wrong, is requested again, to tell what is so every time."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from ...evidence.walk import list_of
from ...http.exchange import FailureKind
from ..probes.plan import Profile

if TYPE_CHECKING:
    from ...evidence.evidence import Evidence
    from ...records.record import Record

CONFIRMATIONS = 2
"""How often a request is sent again, at most."""
# Requests of a run that are sent again because they failed, and because of what is in the response.
# If a server fails at everything, more of them show nothing more.
MOST_FAILURES = {Profile.SMOKE: 2, Profile.GATE: 12, Profile.DEEP: 120}
MOST_CONTENTS = {Profile.SMOKE: 2, Profile.GATE: 8, Profile.DEEP: 40}
# A request that timed out took the whole time limit, so it counts as this many.
_COSTS_TIME = 4
_WORTH_ASKING_AGAIN = {FailureKind.DROPPED, FailureKind.TRUNCATED, FailureKind.TIMEOUT}
_NUMBER = re.compile("[0-9]+")

_Kind: TypeAlias = "tuple[str | None, str]"


@dataclass
class Confirmations:
    """Decides which requests are sent again in a run of a profile."""

    profile: Profile
    _failures: int = field(init=False, default=0)
    _contents: int = field(init=False, default=0)
    _first: set[_Kind] = field(init=False, default_factory=set)
    _lasting: set[_Kind] = field(init=False, default_factory=set)
    """The kinds of wrong contents that a second response to a request has shown as well."""

    def wants(self, evidence: Evidence, record: Record, repeats: int) -> bool:
        """Whether to send a request again that was sent `repeats` times after the first."""
        if _has_failed(evidence, record):
            late = _failure_of(record) is FailureKind.TIMEOUT
            self._failures += _COSTS_TIME if late else 1
            return repeats < CONFIRMATIONS and self._failures <= MOST_FAILURES[self.profile]
        if record.operation.writes:
            return False  # it would write again, and its response may well be another one
        kinds = _wrong_contents(record)
        if repeats:
            self._lasting |= self._first & kinds
        self._first = kinds
        if kinds <= self._lasting:
            return False
        self._contents += 1
        return repeats < CONFIRMATIONS and self._contents <= MOST_CONTENTS[self.profile]


def _has_failed(evidence: Evidence, record: Record) -> bool:
    """Whether a repeat may have another result: a failure, or an error without a reason."""
    if record.exchange.failure is not None:
        return _failure_of(record) in _WORTH_ASKING_AGAIN
    if record.is_client_error and record.reading.is_valid:
        return evidence.total_of(list_of(record)) is not None and evidence.is_within(record)
    return record.is_server_error


def _failure_of(record: Record) -> FailureKind | None:
    return record.exchange.failure.kind if record.exchange.failure else None


def _wrong_contents(record: Record) -> set[_Kind]:
    """Return what the body of a success violates, by requirement and member."""
    if not (record.reading.is_valid and record.is_success):
        return set()
    violations = record.judgement.violations
    return {(v.requirement, _NUMBER.sub("#", v.pointer)) for v in violations}

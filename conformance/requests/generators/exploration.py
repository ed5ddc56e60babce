"""Exploration: the profile deep, which generates requests until its time is over.

Rounds of single requests and of walks alternate, each with its own seed. The first new fault of a
round is minimized, the shortest sequence that showed it is kept as a case, and the next round
looks for other faults.
"""

from __future__ import annotations

import warnings
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING

from hypothesis import given, seed
from hypothesis.errors import HypothesisException
from hypothesis.stateful import run_state_machine_as_test

from ...evidence.evidence import Case
from .pages import machine
from .requests import requests
from .session import Attempt, SessionEndedError
from .surroundings import alike_everywhere, drawing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hypothesis.strategies import SearchStrategy

    from ...evidence.evidence import Evidence
    from ..probes.probe import Caller, Probe
    from .session import Session, Signature, Step

_REQUESTS, _WALKS, _STEPS = 150, 20, 10
"""The requests of a round, the walks of a round, and the steps of each walk."""
_MOST_CASES = 3
"""The maximum number of cases of one requirement: more would show the same."""
# The limits of minimizing: sequences, and a share of the time but at least some seconds.
_MOST_SHRINKING = 250
_SHRINKING_SHARE, _SHRINKING_SECONDS = 0.1, 2.0
# The time that is reserved for sending each case again: a share, but at least some seconds.
_TRYING_AGAIN_SHARE, _TRYING_AGAIN_SECONDS = 0.05, 1.0
_PROGRESS_SECONDS = 10.0
# Requests without findings are not sent again; this many are remembered.
_MOST_REMEMBERED = 50_000
# Rounds without a request, after which the exploration ends.
_MOST_IDLE = 4


class _Found(Exception):  # noqa: N818 - to find it is no error
    """A sequence shows the fault that the round minimizes."""


class _ShortEnough(BaseException):
    """A limit of minimizing is reached."""


@dataclass(slots=True)
class _Sequence:
    """A sequence that has shown a fault.

    `again` says whether it did so again when it was sent again, None if it was not.
    """

    evidence: Evidence
    steps: Sequence[Step]
    again: bool | None = None

    @property
    def is_certain(self) -> bool:
        """Whether the server is at fault, and the cause cannot be a list that changed."""
        records = self.evidence.records
        return (
            self.again is True
            or len(self.steps) == 1
            or any(record.is_server_error or record.was_cut_off for record in records)
        )


@dataclass(slots=True)
class Exploration:
    """Explores until its session ends; `callers` request lists that have rows."""

    session: Session
    callers: Sequence[Caller]
    seed: int
    note: Callable[[str], None] = lambda _: None
    rounds: int = field(init=False, default=0)
    _shortest: dict[Signature, _Sequence] = field(init=False, default_factory=dict)
    _done: set[Signature] = field(init=False, default_factory=set)
    _well_answered: set[object] = field(init=False, default_factory=set)

    def run(self) -> None:
        """Explore; raise GenerationError if nothing can be generated for an operation."""
        by_operation: dict[str, list[Caller]] = {}
        for caller in self.callers:
            by_operation.setdefault(caller.operation.id, []).append(caller)
        hunts: list[Callable[[_Search], None]] = []
        for callers in by_operation.values():
            draw = requests(self.session.contract, callers[0])
            hunts.append(partial(self._hunt_with_requests, draw))
            if callers[0].operation.pagination is not None:
                hunts.append(partial(self._hunt_with_walks, callers))
        self.note(f"exploring from seed {self.seed}")
        until = self.session.until
        self.session.until -= self.session.share(_TRYING_AGAIN_SHARE, _TRYING_AGAIN_SECONDS)
        with alike_everywhere(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._take_turns(hunts)
        self.session.until = until
        for signature in self._shortest:
            self._try_again(signature)

    def _take_turns(self, hunts: Sequence[Callable[[_Search], None]]) -> None:
        began = told = self.session.clock()
        idle = 0
        while hunts and self.session.is_open and idle < _MOST_IDLE:
            before = self.session.requests
            search = _Search(self)
            self._round(search, hunts[self.rounds % len(hunts)])
            self.rounds += 1
            idle = 0 if self.session.requests > before else idle + 1
            if (now := self.session.clock()) - told > _PROGRESS_SECONDS:
                told = now
                self.note(
                    f"exploring for {now - began:.0f} s: {self.session.requests:,} requests, "
                    f"{len(self._shortest)} faults"
                )

    def _round(self, search: _Search, explore: Callable[[_Search], None]) -> None:
        # However a round ends, its results are kept. HypothesisException includes `Flaky`, raised
        # for a server that fails from time to time.
        with suppress(SessionEndedError, _ShortEnough, _Found, HypothesisException):
            explore(search)
        if search.target is not None:
            self._done.add(search.target)
            self._try_again(search.target)

    def _try_again(self, signature: Signature) -> None:
        """Send a sequence again, if that has not been done."""
        sequence = self._shortest[signature]
        if sequence.again is not None:
            return
        attempt = Attempt(self.session)
        with suppress(SessionEndedError):
            for step in sequence.steps:
                attempt.send(step.probe.request, step.probe.note)
            sequence.again = self.session.shows(attempt.evidence, signature)

    def _hunt_with_requests(self, draw: SearchStrategy[Probe], search: _Search) -> None:
        @seed(self._seed())
        @drawing(_REQUESTS)
        @given(draw)
        def one(probe: Probe) -> None:
            key = (probe.request.target, probe.request.headers)
            if key not in self._well_answered:
                attempt = Attempt(self.session)
                attempt.send(probe.request, probe.note)
                if not search.judge(attempt) and len(self._well_answered) < _MOST_REMEMBERED:
                    self._well_answered.add(key)

        one()

    def _hunt_with_walks(self, callers: Sequence[Caller], search: _Search) -> None:
        walks = machine(callers, lambda: Attempt(self.session), search.judge)
        run_state_machine_as_test(  # type: ignore[no-untyped-call,unused-ignore]
            seed(self._seed())(walks), settings=drawing(_WALKS, steps=_STEPS)
        )

    def _seed(self) -> int:
        """Return the seed of this round: the same one in every run with the same seed."""
        digest = blake2b(f"{self.seed}/{self.rounds}".encode(), digest_size=8).digest()
        return int.from_bytes(digest)

    def keep(self, signature: Signature, attempt: Attempt) -> None:
        """Keep a sequence if this fault has none yet, or a longer one."""
        steps = self.session.pared(attempt.steps, signature)
        known = self._shortest.get(signature)
        if known is None or _length(steps) < _length(known.steps):
            self._shortest[signature] = _Sequence(self.session.evidence(steps), steps)

    def is_wanted(self, signature: Signature) -> bool:
        """Whether a case is kept for a fault."""
        same = [known for known in self._shortest if known[0] == signature[0]]
        return signature in same or len(same) < _MOST_CASES

    def is_new(self, signature: Signature) -> bool:
        """Whether a fault has not been minimized yet."""
        return signature not in self._done and self.is_wanted(signature)

    def report_to(self, evidence: Evidence) -> None:
        """Add the cases and their exchanges to the evidence of a run."""
        order = [requirement.id for requirement in self.session.contract.register]
        found = sorted(self._shortest.items(), key=lambda pair: order.index(pair[0][0]))
        cases = [
            Case(signature[0], sequence.evidence, again=sequence.again is True)
            for signature, sequence in found
            if sequence.is_certain
        ]
        exchanges = {e.number: e for case in cases for e in case.evidence.exchanges}
        evidence.cases += cases
        evidence.exchanges += [exchanges[number] for number in sorted(exchanges)]
        evidence.explored = self.session.judged
        evidence.let_go += self.session.requests - len(exchanges)
        evidence.notes.append(
            f"explored from seed {self.seed}: {self.session.requests:,} generated requests in "
            f"{self.rounds} rounds, {len(cases)} cases"
        )
        if self.session.is_forsaken:
            evidence.notes.append("the server stopped responding during the exploration")
        certain = {case.requirement for case in cases}
        if once := sorted({signature[0] for signature, _ in found} - certain):
            evidence.notes.append(
                f"{', '.join(once)}: failed once during exploration, but not when the requests "
                "were sent again; this does not count, as the list may have changed"
            )


def _length(steps: Sequence[Step]) -> tuple[int, int, bytes]:
    requests_ = [step.probe.request for step in steps]
    targets = b" ".join(request.target for request in requests_)
    return len(steps), len(targets) + sum(len(request.headers) for request in requests_), targets


class _Search:
    """One round, which minimizes the first new fault."""

    def __init__(self, exploration: Exploration) -> None:
        self._exploration = exploration
        self._session = exploration.session
        self._until = 0.0
        self._tries = 0
        self.target: Signature | None = None

    def judge(self, attempt: Attempt) -> bool:
        """Return whether a sequence shows a fault; raise _Found if it is the target."""
        faults = self._session.faults(attempt.evidence)
        for signature in faults:
            if self._exploration.is_wanted(signature):
                self._exploration.keep(signature, attempt)
        if self.target is None:
            self.target = next(filter(self._exploration.is_new, faults), None)
            self._until = self._session.clock() + self._session.share(
                _SHRINKING_SHARE, _SHRINKING_SECONDS
            )
        elif self._tries >= _MOST_SHRINKING or self._session.clock() > self._until:
            raise _ShortEnough
        if self.target is not None:
            self._tries += 1
            if self.target in faults:
                raise _Found
        return bool(faults)

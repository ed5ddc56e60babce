"""The session of an exploration, which sends sequences of requests and judges each one."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from ....spec.register import Level
from ...client.client import RequestLimit
from ...evidence.evidence import Evidence
from ...rules import rules_for
from ...verdicts.deciding import judge
from ...verdicts.verdict import Outcome
from ..probes.probe import Probe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ....spec.contract import Contract
    from ....spec.register import Requirement
    from ...client.client import Client
    from ...http.exchange import Exchange, Request
    from ...records.finding import Finding
    from ...records.record import Record
    from ...records.request_parser import RequestParser
    from ...rules import Rule
    from ...verdicts.verdict import Verdict

Signature: TypeAlias = tuple[Any, ...]
"""What identifies a fault: its requirement, then the place and conditions of its finding."""

# A request with a server error is sent again: a server may fail from time to time at any request.
_CONFIRMATIONS = 2
# Consecutive requests without a response, after which the server is taken to be gone.
_MOST_SILENT = 12


class SessionEndedError(BaseException):
    """The time is over, or the limit of requests is reached.

    Not an Exception, which Hypothesis would take for a failing test.
    """


@dataclass
class Session:
    """Sends and judges sequences of requests until its time is over.

    `until` is a time of `clock`, in seconds. `judged` counts what was judged by requirement, and
    `requests` the requests that were sent.
    """

    client: Client
    contract: Contract
    reader: RequestParser
    until: float
    clock: Callable[[], float] = time.monotonic
    is_fair: Callable[[Record], bool] = lambda _: True
    """Whether the server itself gave a response; raises SessionEndedError if it no longer does."""
    has_ended: bool = False
    """Whether no more requests may be sent, whatever time is left."""
    judged: Counter[str] = field(init=False, default_factory=Counter)
    requests: int = field(init=False, default=0)
    silent: int = field(init=False, default=0)
    """The number of requests without a response since the last response."""
    _opened: float = field(init=False)
    _rules: dict[str, tuple[Requirement, Sequence[Rule]]] = field(init=False)

    def __post_init__(self) -> None:
        self._opened = self.clock()
        rules = rules_for(self.contract)
        self._rules = {
            requirement.id: (requirement, rules[requirement.id])
            for requirement in self.contract.register
            if rules[requirement.id] and requirement.level is not Level.INFO
        }

    @property
    def is_open(self) -> bool:
        """Whether there is time left, and the server responds."""
        return self.clock() < self.until and not (self.is_forsaken or self.has_ended)

    @property
    def is_forsaken(self) -> bool:
        """Whether the server seems to be gone."""
        return self.silent >= _MOST_SILENT

    def share(self, part: float, least: float) -> float:
        """Return a share of its total time, in seconds, but at least `least`."""
        return max(least, part * (self.until - self._opened))

    def faults(self, evidence: Evidence) -> list[Signature]:
        """Judge a sequence by every MUST and SHOULD; return each fault it shows once."""
        found: list[Signature] = []
        for requirement, rules in self._rules.values():
            verdict = judge(evidence, requirement, rules)
            self.judged[requirement.id] += verdict.judged
            found += _signatures(verdict)
        return found

    def shows(self, evidence: Evidence, signature: Signature) -> bool:
        """Whether a sequence shows a fault."""
        return signature in _signatures(judge(evidence, *self._rules[signature[0]]))

    def evidence(self, steps: Iterable[Step]) -> Evidence:
        """Return the evidence of these steps alone."""
        chosen = list(steps)
        return Evidence(
            self.contract,
            self.reader,
            exchanges=[exchange for step in chosen for exchange in step.exchanges],
            records=[record for step in chosen for record in step.records],
        )

    def pared(self, steps: Sequence[Step], signature: Signature) -> list[Step]:
        """Return the steps that are needed to show a fault; nothing is sent for it."""
        left = list(steps)
        for step in reversed(steps):
            fewer = [each for each in left if each is not step]
            if fewer and self.shows(self.evidence(fewer), signature):
                left = fewer
        return left


@dataclass(frozen=True, slots=True)
class Step:
    """A request of a sequence, with its exchanges and records.

    It has more than one exchange if it was sent again because of a server error.
    """

    probe: Probe
    exchanges: list[Exchange] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)


class Attempt:
    """One sequence of requests."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.evidence = Evidence(session.contract, session.reader)
        self.steps: list[Step] = []

    def send(self, request: Request, note: str) -> Record | None:
        """Send a request; return its record, None if the contract has no such operation.

        Raises SessionEndedError if nothing more may be sent.
        """
        step = Step(Probe(request, note))
        self.steps.append(step)
        record = self._send_once(step)
        for _ in range(_CONFIRMATIONS):
            if record is None or not (record.is_server_error or record.was_cut_off):
                break
            record = self._send_once(step)
        return record

    def _send_once(self, step: Step) -> Record | None:
        if not self._session.is_open:
            raise SessionEndedError
        client = self._session.client
        try:
            request = step.probe.request
            alone = not self._session.reader.has_valid_token(request)
            left = self._session.until - self._session.clock()
            timeout = min(client.timeout, max(left, 0.001))
            exchange = client.send(request, note=step.probe.note, alone=alone, timeout=timeout)
            if exchange.response is None and timeout < client.timeout:
                client.forget()
                raise SessionEndedError  # the session ended, and not the patience with the server
        except RequestLimit as limit:
            raise SessionEndedError from limit
        finally:
            sent = list(client.exchanges)
            client.forget()
            self._session.requests += len(sent)
            for exchange in sent:
                self._session.silent = self._session.silent + 1 if exchange.response is None else 0
            found = [self.evidence.add(exchange) for exchange in sent]
            records = [record for record in found if record is not None]
            step.exchanges.extend(sent)
            step.records.extend(self._fair(records))
        return found[-1] if found else None

    def _fair(self, records: Sequence[Record]) -> list[Record]:
        """Return the records that can be judged."""
        fair = [record for record in records if self._session.is_fair(record)]
        self._session.client.forget()
        if len(fair) < len(records):
            self.evidence.set_aside(record for record in records if record not in fair)
        return fair


def _signatures(verdict: Verdict) -> list[Signature]:
    if verdict.outcome not in {Outcome.FAILED, Outcome.WARNED}:
        return []
    found = (_signature(verdict.requirement.id, finding) for finding in verdict.findings)
    return list(dict.fromkeys(found))


def _signature(requirement: str, finding: Finding) -> Signature:
    record = finding.record
    parts = (finding.field or "").split("/")
    member = "/".join("#" if part.isdecimal() else part for part in parts)
    if record is None:
        return requirement, member
    # Only the conditions of this requirement: a row is wrong whichever request returned it.
    about = {
        (condition.element.partition(" ")[0], condition.name)
        for condition in record.reading.conditions
        if condition.requirement == requirement
    }
    return requirement, member, record.operation.id, tuple(sorted(about)), record.status

"""Passive evidence: requests that others sent, with their conditions inferred from the responses.

The suite knows whether the token of a probe is valid and whether its list exists. For requests of
others, only the response can tell: a token that was not rejected is valid, a list with rows exists,
and a header that the server accepted requests without is not required. If a condition cannot be
inferred, the rules that depend on it are not applied.

Some conditions never show in a response: a name that is made from a known one may be the name of
another list, and two lists may have the same rows. The requirements about them are skipped.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from ..conformance.evidence.evidence import Evidence, Gap
from ..conformance.evidence.walk import list_of, walks
from ..conformance.records.credentials import credentials
from ..conformance.records.parsed_request import Condition, Kind, ParsedRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..conformance.evidence.walk import ListId, Walk
    from ..conformance.http.exchange import Exchange
    from ..conformance.records.record import Record
    from ..spec.contract import Contract
    from ..spec.model.schemes import SecurityScheme
    from ..spec.parameters import Parameter

    _Asked: TypeAlias = tuple[str, tuple[Condition, ...], tuple[bool, ...]]

SESSION = 300.0
"""Seconds without a request after which a list counts as another one: it may have changed."""

UNKNOWABLE = {
    "parameter.derived": "a name that is made from a known one may be the name of another list",
    "pagination.distinct": "two names may be of the same list, or of lists that have the same rows",
}
"""Aspects that the requests of others never show, with the reason."""

_MOST_KNOWN = 1_000
_DENIED = {401, 403}
_GONE = 404
_WRONG_FORMAT = {406, 415}
_BAD = 400


@dataclass
class PassiveEvidence(Evidence):
    """Evidence of requests that others sent.

    `hides_tokens` says that the credentials were taken out of the requests, as browsers do when
    they export a recording.
    """

    hides_tokens: bool = False
    _seen: dict[ListId, float] = field(default_factory=dict)
    _by_body: dict[bytes, Record] = field(default_factory=dict)
    _of_successes: dict[_Asked, tuple[Condition, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.not_sent.update(skipped(self.contract, UNKNOWABLE))

    def add(
        self, exchange: Exchange, reading: ParsedRequest | None = None, *, apart: bool = False
    ) -> Record | None:
        """Add an exchange; return its record, None if it is for no operation of the contract."""
        record = super().add(exchange, reading, apart=apart)
        if record is not None and record.response is not None:
            # The bodies are kept in any case.
            first = self._by_body.setdefault(record.response.body, record)
            if first is not record:
                record.share_body(first)
            conditions = self._remembered(record)
            if conditions != record.reading.conditions:
                record.reading = replace(record.reading, conditions=conditions)
            if more := tuple(self._unknown(record)):
                record.reading = replace(record.reading, conditions=conditions + more)
            if first is not record:
                record.share_judgement(first)
            if record.is_success and record.total:
                self._seen[list_of(record)] = exchange.started
        return record

    @property
    def is_one_run(self) -> bool:
        """Whether all exchanges belong to one short run: traffic may go on for weeks."""
        return False

    def goes_back(self, before: Record, between: Record, after: Record) -> bool:
        """Whether a value came back that had just been another one, in responses one by one.

        Clients send requests at once, and data that changed may change back.
        """
        one, two, three = (record.exchange for record in (before, between, after))
        in_turn = one.started + one.duration <= two.started
        in_turn = in_turn and two.started + two.duration <= three.started
        return in_turn and three.started - one.started <= SESSION

    @cached_property
    def walks(self) -> list[Walk]:
        """The lists that were read, each at one page size, session by session."""
        found = []
        for number, records in enumerate(self._sessions()):
            for walk in walks(records, changes_back=True):
                walk.session = number
                found.append(walk)
        return found

    def _sessions(self) -> Iterator[list[Record]]:
        """Yield the records of each list that were read without a long pause."""
        open_: dict[ListId, list[Record]] = {}
        for record in self.answered:
            mine = open_.setdefault(list_of(record), [])
            if mine and record.exchange.started - mine[-1].exchange.started > SESSION:
                yield mine
                mine = open_[list_of(record)] = []
            mine.append(record)
        yield from open_.values()

    def _remembered(self, record: Record) -> tuple[Condition, ...]:
        """Return the conditions of a request as its response shows them.

        All successes show the same of equal conditions and of credentials that are there.
        """
        if not record.is_success:
            return tuple(self._inferred(record))
        operation, request = record.operation, record.exchange.request
        given = tuple(bool(credentials(scheme, request)) for scheme in operation.schemes)
        key = (operation.id, record.reading.conditions, given)
        found = self._of_successes.get(key)
        if found is None:
            found = tuple(self._inferred(record))
            if len(self._of_successes) >= _MOST_KNOWN:
                self._of_successes.clear()
            self._of_successes[key] = found
        return found

    def _inferred(self, record: Record) -> Iterator[Condition]:
        """Yield the conditions of a request as its response shows them."""
        schemes = {f"{s.location} {s.name}": s for s in record.operation.schemes}
        headers = {f"header {header.name}" for header in record.operation.required_headers}
        faulty = any(
            s.kind is Kind.INVALID and s.element not in schemes for s in record.reading.conditions
        )
        accepted = record.status not in _WRONG_FORMAT and (record.status != _BAD or faulty)
        for condition in record.reading.conditions:
            if condition.element in schemes:
                yield self._credential(condition, schemes[condition.element], record)
            elif condition.element in headers and condition.kind is Kind.OPEN and accepted:
                yield condition._replace(kind=Kind.VALID)
            else:
                yield condition

    def _credential(self, found: Condition, scheme: SecurityScheme, record: Record) -> Condition:
        if self.reader.tokens is not None and not self.hides_tokens:
            return found
        given = credentials(scheme, record.exchange.request)
        if given and found.name != "valid":
            return found
        if not given and not self.hides_tokens:
            return found
        if _is_denied(record):
            # It may have expired, or be for another list, so the server may reject it.
            return Condition(found.element, "security.unverified", Kind.INVALID, None)
        requirement = scheme.requirements.get("valid")
        return Condition(found.element, "security.valid", Kind.VALID, requirement)

    def _unknown(self, record: Record) -> Iterator[Condition]:
        """Yield the condition of the path parameter that names nothing, as far as that shows."""
        if self.reader.known is not None:
            return
        special = {condition.element for condition in record.reading.conditions}
        free = [p for p in record.operation.located("path") if _element(p) not in special]
        named = [p for p in free if p.is_unknown(str(record.reading.values.get(p.name, "")))]
        if not named and record.reading.is_valid and _is_gone(record):
            seen = self._seen.get(list_of(record))
            if seen is None or record.exchange.started - seen > SESSION:
                tied = [p for p in free if "unknown" in p.requirements]
                named = (tied or free)[-1:]
        for parameter in named:
            requirement = parameter.requirements.get("unknown")
            yield Condition(_element(parameter), "parameter.unknown", Kind.OPEN, requirement)


def _element(parameter: Parameter) -> str:
    return f"path parameter {parameter.name}"


def _is_denied(record: Record) -> bool:
    """Whether the response rejects the token."""
    form = record.contract.error
    if form is not None and record.is_error_by_body:
        return form.code_of(record.body) in form.denied or record.status in _DENIED
    return record.status in _DENIED


def _is_gone(record: Record) -> bool:
    """Whether the response says that the list does not exist."""
    form = record.contract.error
    code = form.code_of(record.body) if form is not None and record.is_error_by_body else None
    by_code = form is not None and code is not None and _GONE in form.statuses.get(code, ())
    return record.is_error_response and (record.status == _GONE or by_code)


def skipped(contract: Contract, aspects: Mapping[str, str]) -> Iterator[tuple[str, Gap]]:
    """Yield the requirements that have one of the aspects, each with the reason for that aspect."""
    for requirement in contract.register:
        for aspect in requirement.aspects:
            if aspect in aspects:
                yield requirement.id, Gap(aspects[aspect], "run ruangkerja check as well")


def undecidable(contract: Contract, *, hidden: bool = False) -> Iterator[tuple[str, Gap]]:
    """Yield the requirements that cannot be judged without the valid tokens, with the reason.

    With `hidden`, credentials were taken out of the requests, so that requirements about missing
    ones cannot be judged either.
    """
    names = ["unknown", "nearMiss", "everywhere"]
    gap = Gap("the valid token is not known", "give it with --token")
    if hidden:
        names += ["missing", "empty"]
        gap = Gap("the recording contains no credentials", "run ruangkerja check as well")
    for operation in contract.operations:
        for scheme in operation.schemes:
            yield from ((scheme.requirements[n], gap) for n in names if n in scheme.requirements)

"""The state of evidence without its exchanges: which of them are judged, and what else is known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from ...evidence.evidence import Case, Evidence, Gap
from ...evidence.expectation import Expectation, Kind
from ...records.record import Record
from ...records.strict_json import Document, ProblemKind, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ....spec.contract import Contract
    from ...http.exchange import Exchange
    from ...records.request_parser import RequestParser

_Path = tuple[tuple[str, str], ...]


class StateError(ValueError):
    """A state that fits no evidence; the message is one sentence."""


class ReplacedDocument(Struct, frozen=True):
    """What was wrong with a body that is not JSON, and that reports do not show."""

    repeated: tuple[str, ...]
    is_finite: bool
    surrogates: tuple[str, ...]
    problem: str | None
    problem_kind: ProblemKind | None
    place: tuple[str, ...]

    @classmethod
    def of(cls, document: Document) -> ReplacedDocument:
        """Return what was wrong with a body."""
        return cls(*(getattr(document, name) for name in cls.__struct_fields__))

    def document(self) -> Document:
        """Return the body, without its value."""
        return Document(**msgspec.structs.asdict(self))


class NamedList(Struct, frozen=True):
    """A list by its operation and its path, with its name, or why it was not read."""

    operation: str
    path: _Path
    text: str


class State(Struct, frozen=True):
    """The state of evidence; exchanges are given by their numbers.

    `strict` are the requests that were read before it turned out that they may be bare, and
    `documents` has what was wrong with bodies that reports do not show.
    """

    exchanges: tuple[int, ...]
    records: tuple[int, ...]
    apart: tuple[int, ...]
    strict: tuple[int, ...]
    not_sent: dict[str, tuple[str, str]]
    lists: tuple[NamedList, ...]
    unread: tuple[NamedList, ...]
    left_out: dict[str, str]
    unopened: dict[str, str]
    notes: tuple[str, ...]
    explored: dict[str, int]
    let_go: int
    ended: str
    expectations: tuple[Expectation, ...]
    documents: dict[str, ReplacedDocument]
    cases: tuple[CaseState, ...]

    @classmethod
    def of(cls, evidence: Evidence) -> State:
        """Return the state of published evidence."""
        records = {record.number: record for record in [*evidence.records, *evidence.apart]}
        documents = ((str(number), _replaced(records[number])) for number in sorted(records))
        return cls(
            exchanges=tuple(each.number for each in evidence.exchanges),
            records=tuple(each.number for each in evidence.records),
            apart=tuple(each.number for each in evidence.apart),
            strict=tuple(
                sorted(number for number, r in records.items() if _is_strict(evidence, r))
            ),
            not_sent={id_: (gap.reason, gap.help) for id_, gap in evidence.not_sent.items()},
            lists=tuple(NamedList(*id_, text) for id_, text in evidence.lists.items()),
            unread=tuple(NamedList(*id_, text) for id_, text in evidence.unread.items()),
            left_out=dict(evidence.left_out),
            unopened=dict(evidence.unopened),
            notes=tuple(evidence.notes),
            explored=dict(evidence.explored),
            let_go=evidence.let_go,
            ended=evidence.ended,
            expectations=tuple(evidence.expectations),
            documents={number: found for number, found in documents if found is not None},
            cases=tuple(
                CaseState(case.requirement, case.again, cls.of(case.evidence))
                for case in evidence.cases
            ),
        )

    def evidence(
        self, contract: Contract, reader: RequestParser, exchanges: Mapping[int, Exchange]
    ) -> Evidence:
        """Return the evidence that has this state; raise StateError if it fits none."""
        records: dict[int, Record] = {}
        strict = frozenset(self.strict)
        for number in dict.fromkeys((*self.records, *self.apart)):
            exchange = _known(exchanges, number)
            mine = replace(reader, bare=False) if number in strict else reader
            reading = mine.read(exchange.request)
            if reading is None:
                raise StateError(f"request {number} is for no operation of the contract")
            records[number] = Record(contract, exchange, reading)
        for text, document in self.documents.items():
            if not text.isdecimal() or int(text) not in records:
                raise StateError(f"there is no response {text}")
            records[int(text)].__dict__["document"] = document.document()
        evidence = Evidence(
            contract,
            reader,
            exchanges=[_known(exchanges, number) for number in self.exchanges],
            records=[records[number] for number in self.records],
            apart=[records[number] for number in self.apart],
            lists={(each.operation, each.path): each.text for each in self.lists},
            unread={(each.operation, each.path): each.text for each in self.unread},
            left_out=self.left_out,
            unopened=self.unopened,
            notes=[*self.notes],
            explored=self.explored,
            let_go=self.let_go,
            ended=self.ended,
            expectations=[*map(_with_keys, self.expectations)],
            cases=[
                Case(each.requirement, each.state.evidence(contract, reader, exchanges), each.again)
                for each in self.cases
            ],
        )
        evidence.not_sent = {id_: Gap(*gap) for id_, gap in self.not_sent.items()}
        return evidence


class CaseState(Struct, frozen=True):
    """A case with the state of its evidence."""

    requirement: str
    again: bool
    state: State


def _known(exchanges: Mapping[int, Exchange], number: int) -> Exchange:
    if number not in exchanges:
        raise StateError(f"there is no exchange {number}")
    return exchanges[number]


def _with_keys(expectation: Expectation) -> Expectation:
    if expectation.kind is not Kind.KEYS:
        return expectation
    return replace(expectation, value=tuple(expectation.value))


def _is_strict(evidence: Evidence, record: Record) -> bool:
    """Whether a request was read as one that may not be bare, by a reader that allows it now."""
    reader = evidence.reader
    return reader.bare and reader.read(record.exchange.request) != record.reading


def _replaced(record: Record) -> ReplacedDocument | None:
    """Return what was wrong with a body that is replaced, None for one that is not."""
    if record.response is None or record.document.readable:
        return None
    if record.document == read(record.response.body):
        return None
    return ReplacedDocument.of(record.document)


def numbered(exchanges: Iterable[Exchange]) -> dict[int, Exchange]:
    """Return exchanges by their number."""
    return {each.number: each for each in exchanges}

"""Kinds of exchanges: what all rules but those about bodies say of one, they say of its whole kind.

Responses of a kind have the same operation, conditions, status and headers, and readable bodies
without a violation. The first ones of each kind are judged by all rules; of the others, schemas and
laws judge each body.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ....conformance.rules import rules_for
from ....conformance.rules.subjects import SEVERAL
from ....spec.register import CheckedBy, Level

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ....conformance.http.exchange import Headers, Response
    from ....conformance.records.record import Record
    from ....conformance.rules import Rule
    from ....spec.contract import Contract
    from ....spec.register import Requirement
    from .evidence import LoadEvidence

IN_FULL = 3
"""Exchanges of each kind that are judged by all rules, and then one in so many."""
NOW_AND_THEN = 500
_MOST_KINDS = 5_000
_MOST_HEADS = 2_000
_VARIES = 20
"""From so many values on, of a header counts of which characters its values consist."""
_OF_THE_MESSAGE = {"date", "content-length"}
_RUNS = re.compile(r"(?P<digits>[0-9]+)|(?P<letters>[A-Za-z]+)")
_BY_BODY = {CheckedBy.SCHEMA, CheckedBy.LAW}

Key: TypeAlias = "tuple[Any, ...]"


class Found(NamedTuple):
    """What all rules say of one exchange: the requirements that it fails, and their subjects."""

    failed: tuple[Requirement, ...]
    subjects: Mapping[str, int]


@dataclass(slots=True)
class Kind:
    """What is known of a kind: how many exchanges it has, and what rules say of each."""

    found: Found
    count: int = 1


class Heads:
    """The heads of responses, numbered; those that no rule can tell apart have one number."""

    def __init__(self, contract: Contract) -> None:
        declared = (r.headers for op in contract.operations for r in op.responses.values())
        # What the contract describes is judged by its value.
        self._exact = {name.lower() for each in declared for name in each} | {"content-type"}
        self._by_headers: dict[tuple[int, str, Headers], int] = {}
        self._by_form: dict[Key, int] = {}
        self._values: defaultdict[str, set[str]] = defaultdict(set)

    def number_of(self, response: Response) -> int | None:
        """Return the number of the head of a response, None if there were too many others."""
        headers = tuple(h for h in response.headers if h[0].lower() not in _OF_THE_MESSAGE)
        key = (response.status, response.http_version, headers)
        number = self._by_headers.get(key)
        if number is None:
            form = (*key[:2], tuple((name, self._form(name, value)) for name, value in headers))
            if form not in self._by_form and len(self._by_form) >= _MOST_HEADS:
                return None
            number = self._by_form.setdefault(form, len(self._by_form))
            if len(self._by_headers) >= _MOST_HEADS:
                self._by_headers.clear()
            self._by_headers[key] = number
        return number

    def _form(self, name: str, value: str) -> str:
        name = name.lower()
        if name in self._exact:
            return value
        if len(self._values) >= _MOST_HEADS:
            return value
        values = self._values[name]
        if len(values) < _VARIES:
            values.add(value)
            if len(values) < _VARIES:
                return value
        return _RUNS.sub(lambda found: "0" if found["digits"] else "a", value)


class Kinds:
    """Judges exchanges one by one, in full as long as their kind is new."""

    def __init__(self, contract: Contract) -> None:
        rules = rules_for(contract)
        judged = (each for each in contract.register if each.level is not Level.INFO)
        alone = ((each, [r for r in rules[each.id] if r.of not in SEVERAL]) for each in judged)
        self._rules = [(each, mine) for each, mine in alone if mine]
        self._by_body = {each.id for each in contract.register if each.checked_by in _BY_BODY}
        self._kinds: dict[Key, Kind] = {}

    def judge(
        self, record: Record, head: int | None, evidence: LoadEvidence
    ) -> tuple[Found, Kind | None]:
        """Return what the rules say of an exchange, and its kind if it has one."""
        key = None if head is None else self._key(record, head)
        kind = None if key is None else self._kinds.get(key)
        if kind is not None and kind.count >= IN_FULL and kind.count % NOW_AND_THEN:
            kind.count += 1
            return kind.found, kind
        found = self._in_full(evidence.only([record]))
        if kind is not None:
            kind.count += 1
        elif key is not None and len(self._kinds) < _MOST_KINDS:
            subjects = {id_: n for id_, n in found.subjects.items() if id_ not in self._by_body}
            kind = self._kinds[key] = Kind(Found(found.failed, subjects))
        return found, kind

    @staticmethod
    def _key(record: Record, head: int) -> Key | None:
        """Return what the kind of an exchange is known by.

        None unless it is a valid request with a success that breaks no schema and no law.
        """
        reading, document = record.reading, record.document
        if not (reading.is_valid and record.is_success) or record.judgement.violations:
            return None
        if document.problem is not None or document.repeated or document.surrogates:
            return None
        total, first = record.total, reading.first_row
        return (
            record.operation.id,
            reading.conditions,
            head,
            reading.size,
            first == 0,
            total is None or first < total,
            bool(record.items),
            document.readable,
        )

    def _in_full(self, evidence: LoadEvidence) -> Found:
        failed, subjects = [], {}
        for requirement, rules in self._rules:
            try:
                count, fails = _judge(rules, evidence)
            except Exception:  # noqa: BLE001 - the verdict on what is kept says so
                count, fails = 1, True
            if count:
                subjects[requirement.id] = count
            if fails:
                failed.append(requirement)
        return Found(tuple(failed), subjects)


def _judge(rules: Sequence[Rule], evidence: LoadEvidence) -> tuple[int, bool]:
    """Return how many subjects rules have, and whether they find anything."""
    count, fails = 0, False
    for rule in rules:
        for subject in rule.subjects(evidence):
            count += 1
            fails = fails or any(True for _ in rule.judge(subject))
    return count, fails

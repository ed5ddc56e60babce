"""The rules that can find something in one exchange, which most rules cannot.

What is remembered of a response is only that nothing was found in it, by rules whose verdict on
another one like it is the same: see `Rule.by_head` and `Rule.by_page`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ..conformance.rules import rules_for
from ..conformance.rules.subjects import INVALID, SEVERAL, TIED
from ..spec.register import CheckedBy, Level

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..conformance.records.parsed_request import Condition, ParsedRequest
    from ..conformance.records.record import Record
    from ..conformance.rules import Rule
    from ..spec.contract import Contract
    from ..spec.register import Requirement

Rules: TypeAlias = "Sequence[tuple[Requirement, Sequence[Rule]]]"
"""Requirements, each with its rules."""


class Likeness(NamedTuple):
    """What `Rule.by_head` names of an exchange, and `Rule.by_page` beyond that."""

    head: tuple[Any, ...]
    page: tuple[Any, ...] | None


_BY_BODY = {CheckedBy.SCHEMA, CheckedBy.LAW}
_MOST_REQUESTS = 1_000
_MOST_HEADS = 5_000
# Characters of what is remembered of an exchange, as clients choose the names of parameters and
# servers the headers.
_LONGEST_KNOWN = 1_000


class Applicable:
    """Knows which rules of a contract, except those that only observe, an exchange is judged by."""

    def __init__(self, contract: Contract) -> None:
        rules = rules_for(contract)
        judged = (each for each in contract.register if each.level is not Level.INFO)
        self.all: Rules = [(each, rules[each.id]) for each in judged]
        alone = _those(self.all, lambda rule: rule.of not in SEVERAL)
        self._alone = _Tied(alone)
        # Requirements without a violation in a body need not be judged by schemas and laws.
        beyond = [pair for pair in alone if pair[0].checked_by not in _BY_BODY]
        self._beyond = _Tied(beyond)
        of_valid = _those(beyond, lambda rule: rule.of not in INVALID)
        self._of_valid = _Tied(of_valid)
        by_body = _those(of_valid, lambda rule: not rule.by_head)
        self._by_page = _Tied(by_body)
        self._by_body = _Tied(_those(by_body, lambda rule: not rule.by_page))
        self._heads = _Heads(contract)

    def to(self, record: Record) -> tuple[Rules, Likeness | None]:
        """Return the rules that can find something in an exchange alone, and what it is like.

        The latter is None if it is known, or if nothing may be remembered of the exchange.
        """
        if record.judgement.violations:
            return self._alone.to(record.reading), None
        if not (record.reading.is_valid and record.is_success):
            return self._beyond.to(record.reading), None
        likeness = self._heads.likeness_of(record)
        if likeness is None or likeness.head not in self._heads:
            return self._of_valid.to(record.reading), likeness
        if likeness.page is None or likeness not in self._heads:
            return self._by_page.to(record.reading), likeness
        return self._by_body.to(record.reading), None

    def note(self, likeness: Likeness) -> None:
        """Note that no rule found anything in an exchange like that."""
        self._heads.add(likeness)


class _Tied:
    """Rules, without those about other operations and about conditions that a request lacks."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._known: dict[tuple[str, tuple[Condition, ...]], Rules] = {}

    def to(self, reading: ParsedRequest) -> Rules:
        key = (reading.operation.id, reading.conditions)
        found = self._known.get(key)
        if found is None:
            found = _everywhere(_those(self._rules, _is_about(*key)))
            if _length(reading.conditions) <= _LONGEST_KNOWN:
                if len(self._known) >= _MOST_REQUESTS:
                    self._known.clear()
                self._known[key] = found
        return found


def _length(conditions: tuple[Condition, ...]) -> int:
    return sum(len(condition.element) for condition in conditions)


def _is_about(operation: str, conditions: tuple[Condition, ...]) -> Callable[[Rule], bool]:
    def is_about(rule: Rule) -> bool:
        if rule.operations is not None and operation not in rule.operations:
            return False
        return rule.of not in TIED or any(map(rule.is_about, conditions))

    return is_about


def _everywhere(rules: Rules) -> Rules:
    """Return rules that need not look for the operation of the one exchange that they judge."""
    return [(each, [replace(rule, operations=None) for rule in mine]) for each, mine in rules]


def _those(rules: Rules, wanted: Callable[[Rule], bool]) -> Rules:
    kept = ((each, [rule for rule in mine if wanted(rule)]) for each, mine in rules)
    return [pair for pair in kept if pair[1]]


class _Heads:
    """What the flawless successes are like in which nothing was found."""

    def __init__(self, contract: Contract) -> None:
        declared = (r.headers for op in contract.operations for r in op.responses.values())
        self._names = {name.lower() for each in declared for name in each} | {"content-type"}
        self._known: set[tuple[Any, ...]] = set()

    def __contains__(self, each: tuple[Any, ...]) -> bool:
        return each in self._known

    def add(self, likeness: Likeness) -> None:
        if len(self._known) >= _MOST_HEADS:
            self._known.clear()
        self._known |= {likeness, likeness.head}

    def likeness_of(self, record: Record) -> Likeness | None:
        """Return what a success is like; None if it is flawed or long."""
        reading, document, response = record.reading, record.document, record.response
        has_flaw = document.problem is not None or document.repeated or document.surrogates
        if response is None or has_flaw or record.exchange.throttled or record.exchange.reconnected:
            return None
        named = [header for header in response.headers if header[0].lower() in self._names]
        length = sum(len(name) + len(value) for name, value in named)
        if length + _length(reading.conditions) > _LONGEST_KNOWN:
            return None
        total, first = record.total, reading.first_row
        has_rows = (first == 0, total is None or first < total, total is None)
        page = (reading.page is None, reading.size, *has_rows)
        operation = reading.operation
        head = (operation.id, reading.conditions, page, document.readable, response.status, *named)
        if operation.cursors is not None:
            return Likeness(head, None)
        keys = [key for key in record.keys if key is not None]
        count = None if record.items is None else len(record.items)
        return Likeness(head, (reading.page, total, count, len(set(keys)) < len(keys)))

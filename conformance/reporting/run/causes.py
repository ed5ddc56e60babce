"""Causes: findings of several requirements that one kind of wrong response explains.

A missing `try` in a server fails half a dozen requirements: the request should be rejected, the
error should have a form, and so on. A reader wants to hear of it once. Findings have one cause if
they are about

- responses that never came, for the same reason;
- 5xx responses, redirects, or error responses without the contract's form, whose bodies have the
  same members;
- the same field, whichever page or row it is in;
- success responses to requests in which the same parameter is wrong;
- exactly the same error responses.

Everything else is a cause of its own. Causes follow from the findings alone, so they are the same
in every run with the same findings.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ....spec.visible import cut
from ...records.finding import answer_of
from ...verdicts.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from ...records.finding import Finding
    from ...records.record import Record
    from ...verdicts.verdict import Verdict
    from .model import Run

_LONGEST = 200
_DEEPEST = 3
_SERVER_ERROR = 500
_FAILED = (Outcome.FAILED, Outcome.ERROR)


@dataclass(slots=True)
class Cause:
    """What one kind of wrong response is, and the requirements that it fails.

    `exchanges` are the numbers of the exchanges that show it, among the findings that are kept, and
    `is_error` is whether all their responses are errors.
    """

    text: str
    verdicts: list[Verdict] = field(default_factory=list)
    exchanges: list[int] = field(default_factory=list)
    is_error: bool = False

    @property
    def ids(self) -> list[str]:
        """The ids of the requirements."""
        return [verdict.requirement.id for verdict in self.verdicts]

    def add(self, verdict: Verdict, exchanges: Iterable[int]) -> None:
        """Add a requirement that it fails, and exchanges that show it."""
        self.verdicts += () if verdict in self.verdicts else (verdict,)
        self.exchanges += [each for each in exchanges if each not in self.exchanges]


def causes_of(run: Run) -> list[Cause]:
    """Return the causes of all failures and warnings: those that fail most requirements first."""
    found: dict[Hashable, Cause] = {}
    for verdict in run.accused:
        if not verdict.findings:
            found[verdict.requirement.id] = Cause(verdict.reason, [verdict])
        for finding in verdict.findings:
            key = _key(verdict, finding)
            cause = found.setdefault(key, Cause(_text(finding, key), is_error=True))
            cause.add(verdict, [finding.exchange] if finding.exchange is not None else [])
            cause.is_error &= finding.record is not None and finding.record.is_error
    order = {verdict.requirement.id: position for position, verdict in enumerate(run.verdicts)}
    causes = _joined(found.values())
    for cause in causes:
        cause.verdicts.sort(key=lambda verdict: order[verdict.requirement.id])
    return sorted(causes, key=lambda cause: _rank(cause, order))


def _rank(cause: Cause, order: dict[str, int]) -> tuple[bool, int, int]:
    is_failed = any(verdict.outcome in _FAILED for verdict in cause.verdicts)
    return not is_failed, -len(cause.verdicts), order[cause.ids[0]]


def _key(verdict: Verdict, finding: Finding) -> Hashable:
    """Return what findings of one cause have in common; the first element says of which kind."""
    record = finding.record
    if record is None:
        return "own", verdict.requirement.id
    operation = record.operation.id
    if record.response is None:
        failure = record.exchange.failure
        return "response", operation, failure and failure.kind
    if record.status >= _SERVER_ERROR or not (record.is_success or record.is_error_by_body):
        kind = record.status // 100
        return "response", operation, kind, record.response.media_type, _form_of(record)
    if finding.field:
        return "field", operation, general(finding.field)
    if record.reading.is_invalid and record.is_success:
        wrong = tuple(dict.fromkeys(each.element for each in record.reading.deviations))
        return "accepted", operation, wrong
    return "own", verdict.requirement.id


def _text(finding: Finding, key: Any) -> str:
    record = finding.record
    if key[0] == "field":
        return cut(f"field {key[2]}: {_difference(finding)}", _LONGEST)
    if key[0] == "accepted" and record is not None:
        return cut(
            f"{answer_of(record)}, although {' and '.join(key[2])} is missing or wrong", _LONGEST
        )
    if key[0] == "response" and record is not None:
        return cut(answer_of(record), _LONGEST)
    return cut(finding.message, _LONGEST)


def _difference(finding: Finding) -> str:
    if finding.is_law:
        but = f", but {finding.actual}" if finding.actual != finding.expected else ""
        return f"expected that {finding.expected}{but}"
    return f"expected {finding.expected}; got {finding.actual}"


def general(pointer: str) -> str:
    """Return a JSON pointer with * for every element of an array."""
    return "/".join("*" if part.isdecimal() else part for part in pointer.split("/"))


def _form_of(record: Record) -> str:
    """Return which members a body has, None of their values."""
    return repr(_form(record.body)) if record.document.readable else "no JSON"


def _form(value: Any, depth: int = 0) -> Any:
    if isinstance(value, dict) and depth < _DEEPEST:
        return sorted((name, _form(member, depth + 1)) for name, member in value.items())
    return type(value).__name__


def _joined(causes: Iterable[Cause]) -> list[Cause]:
    """Join causes that exactly the same error responses show."""
    found: dict[Hashable, Cause] = {}
    for position, cause in enumerate(causes):
        shown = frozenset(cause.exchanges) if cause.is_error else frozenset()
        first = found.setdefault(shown or position, cause)
        if first is not cause:
            for verdict in cause.verdicts:
                first.add(verdict, ())
    return list(found.values())


def shown_in(cause: Cause) -> str:
    """Return how many responses show a cause, for people; '' if it is one or unknown."""
    several = len(cause.exchanges)
    kept = all(verdict.count <= len(verdict.findings) for verdict in cause.verdicts)
    return f" ({several}{'' if kept else ' or more'} responses)" if several > 1 else ""


def lines(causes: Sequence[Cause]) -> list[str]:
    """Return causes as lines of text."""
    return [
        f"{number}. {cause.text}{shown_in(cause)}: {', '.join(cause.ids)}"
        for number, cause in enumerate(causes, start=1)
    ]

"""Findings: what a rule has against an exchange, in words that lead to the line to mend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...spec.visible import cut
from .credentials import credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .parsed_request import Condition
    from .record import Record
    from .walk import Position


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as the contract has it.

    `where` names the list, the page and the row, `field` the member as a JSON pointer into the
    body; `record` is the exchange that shows it, None where none does.
    """

    where: str
    expected: str
    actual: str
    record: Record | None
    page: int | None = None
    row: int | None = None
    field: str | None = None
    is_law: bool = False

    @property
    def message(self) -> str:
        """The whole in one sentence."""
        field = f", field {self.field}" if self.field else ""
        if self.is_law and self.actual == self.expected:
            return f"{self.where}{field}: it does not hold that {self.expected}"
        if self.is_law:
            return f"{self.where}{field}: expected that {self.expected}, but {self.actual}"
        return f"{self.where}{field}: expected {self.expected}, got {self.actual}"

    @property
    def exchange(self) -> int | None:
        """The number of the exchange that shows it."""
        return self.record.number if self.record else None


def at(  # noqa: PLR0913 - all that a finding can say
    record: Record,
    expected: str,
    actual: str | None = None,
    *,
    row: int | None = None,
    field: str | None = None,
    is_law: bool = False,
) -> Finding:
    """Make a finding about an exchange; `actual` is the answer in short where nothing is said.

    `row` counts from 1 within the page. Of a law both texts are whole sentences.
    """
    page = record.reading.page if record.reading.is_plain else None
    where = place_of(record) if row is None else f"{place_of(record)}, row {row}"
    return Finding(where, expected, actual or answer_of(record), record, page, row, field, is_law)


def at_row(position: Position, expected: str, actual: str, field: str | None = None) -> Finding:
    """Make a finding about a row of a listing."""
    return at(position.record, expected, actual, row=position.row, field=field)


def place_of(record: Record) -> str:
    """Say which list and page, or which odd request, an exchange is about."""
    reading = record.reading
    paging = record.operation.pagination
    if paging is not None and reading.is_plain and reading.page is not None:
        return f"{_list_of(record)}, page {reading.page} at {paging.size.name} {reading.size}"
    query = record.exchange.request.target.decode("latin-1").partition("?")[2]
    odd = [s for s in reading.conditions if s.kind.value != "trait"]
    about = ", ".join(f"{s.element} {_how(record, s)}" for s in odd)
    return f"{_list_of(record)}, request ?{cut(query, 120)}{f' ({about})' if about else ''}"


def _list_of(record: Record) -> str:
    """Name the list that is asked for; what is odd about its name is left as it was sent."""
    values = dict(record.reading.collection)
    path = record.exchange.request.target.decode("latin-1").partition("?")[0].split("/")
    for place, part in enumerate(reversed(record.operation.path.split("/")), start=1):
        name = part[1:-1] if part.startswith("{") else ""
        if name in values and not values[name].isprintable():
            values[name] = path[-place]
    return ", ".join(cut(value, 60) for value in values.values()) or record.operation.path


def _how(record: Record, condition: Condition) -> str:
    """Say in which way something is odd, by what was sent where that tells more."""
    request, note = record.exchange.request, record.exchange.note
    if condition.name == "everywhere":
        query = request.target.decode("latin-1").partition("?")[2]
        schemes = [scheme for each in record.operation.security for scheme in each]
        return "wrong" if any(credentials(s, request, query) for s in schemes) else "missing"
    word = _WORDS.get(condition.name, condition.name)
    told = note.partition("with ")[2]
    return f"{word}: {told}" if told and condition.name in _TOLD_BY_NOTE else word


# Situations that come in many ways: the note of a probe says which one it is.
_TOLD_BY_NOTE = {"nearMiss", "hostile"}

_WORDS: Mapping[str, str] = {
    "missing": "missing",
    "malformed": "not of its type",
    "belowMinimum": "below its minimum",
    "aboveMaximum": "above its maximum",
    "outside": "not allowed",
    "ambiguous": "ambiguous",
    "astronomical": "astronomically large",
    "unknown": "unknown",
    "hostile": "hostile",
    "empty": "empty",
    "nearMiss": "nearly right",
    "otherMethods": "not in the contract",
    "other": "of another format",
}


def answer_of(record: Record) -> str:
    """Say in a few words what came: '200 with 100 rows', '500', 'no answer: …'."""
    response = record.response
    if response is None:
        failure = record.exchange.failure
        return f"no answer: {said(failure.message)}" if failure else "no answer"
    text = str(response.status)
    if 300 <= response.status < 400 and response.header("Location"):  # noqa: PLR2004
        return f"{text} to {cut(str(response.header('Location')))}"
    if record.is_success and record.items is not None:
        return f"{text} with {rows(len(record.items))}"
    message = _message_of(record)
    if message is not None:
        return f'{text} with the message "{cut(message)}"'
    if not response.body:
        return f"{text} with an empty body"
    return f"{text} with {beginning(record)}"


def _message_of(record: Record) -> str | None:
    form = record.contract.error
    if form is None or not record.is_error_by_body:
        return None
    value: Any = record.body
    for part in form.message:
        value = value.get(part) if isinstance(value, dict) else None
    return value if isinstance(value, str) else None


def beginning(record: Record) -> str:
    """Quote the beginning of a body, in one line."""
    body = record.response.body if record.response else b""
    text = " ".join(body[:400].decode("utf-8", "replace").split())
    return f'a body that begins "{cut(text)}"'


def said(sentence: str) -> str:
    """Write a sentence as it stands within another one."""
    return f"{sentence[:1].lower()}{sentence[1:].rstrip('.')}"


def rows(count: int) -> str:
    """Write a number of rows: 'no rows', '1 row', '7 rows'."""
    return "no rows" if count == 0 else f"{count} row{'s' if count != 1 else ''}"

"""Findings: what a rule has against an exchange, in words that lead to the line to mend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..spec.describing import cut

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .evidence import Record
    from .listing import Position


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
    name = ", ".join(cut(value, 60) for _, value in reading.collection) or record.operation.path
    if paging is not None and reading.is_plain and reading.page is not None:
        return f"{name}, page {reading.page} at {paging.size.name} {reading.size}"
    query = record.exchange.request.target.decode("latin-1").partition("?")[2]
    odd = [s for s in reading.situations if s.kind.value != "trait"]
    about = ", ".join(f"{s.element} {_WORDS.get(s.name, s.name)}" for s in odd)
    return f"{name}, request ?{cut(query, 120)}{f' ({about})' if about else ''}"


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
    "everywhere": "missing or wrong",
    "otherMethods": "not in the contract",
    "other": "of another format",
}


def answer_of(record: Record) -> str:
    """Say in a few words what came: '200 with 100 rows', '500', 'no answer: …'."""
    response = record.response
    if response is None:
        failure = record.exchange.failure
        return f"no answer: {failure.message}" if failure else "no answer"
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


def rows(count: int) -> str:
    """Write a number of rows: 'no rows', '1 row', '7 rows'."""
    return "no rows" if count == 0 else f"{count} row{'s' if count != 1 else ''}"

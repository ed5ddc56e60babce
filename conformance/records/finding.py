"""Findings: what a rule found wrong in an exchange, in words that lead to the cause."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...spec.documents.pointers import lookup
from ...spec.model.lists import Nouns
from ...spec.visible import cut
from .credentials import credentials, variable_in
from .parsed_request import ANOTHER_TOKEN, CURSOR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ...spec.model.operation import Operation
    from ..evidence.repeats import Repeats
    from ..evidence.walk import Position
    from .parsed_request import Condition
    from .record import Record


@dataclass(frozen=True, slots=True)
class Finding:
    """One deviation from the contract.

    `where` names the list, the page and the row, `field` the member as a JSON pointer into the
    body; `record` is the exchange that shows it, None if no single one does. `accepted_by` names
    the policies that accept it. `before` is what has to be sent before it on the same
    connection, and `beside` what has to be under way at the same time, if anything. `is_counted`
    tells whether the finding says already in how many responses it was seen, and `is_once` whether
    it is a failure that was seen once, and not again.
    """

    where: str
    expected: str
    actual: str
    record: Record | None
    page: int | None = None
    row: int | None = None
    field: str | None = None
    is_law: bool = False
    accepted_by: tuple[str, ...] = ()
    before: Record | None = None
    beside: Record | None = None
    is_counted: bool = False
    is_once: bool = False

    @property
    def message(self) -> str:
        """The finding in one sentence."""
        field = f", field {self.field}" if self.field else ""
        if self.is_law and self.actual == self.expected:
            return f"{self.where}{field}: expected that {self.expected}"
        if self.is_law:
            return f"{self.where}{field}: expected that {self.expected}, but {self.actual}"
        return f"{self.where}{field}: expected {self.expected}; got {self.actual}"

    def counted(self, repeats: Repeats) -> Finding:
        """Return the finding with how many responses to the same request show it, if not all do."""
        share = repeats.share_of(self.record)
        if share is None or self.is_counted:
            return self
        is_once = repeats.is_once(self.record)
        told = f"{share}, request {self.exchange} of the run" if is_once else str(share)
        bare = self.is_law and self.actual == self.expected
        actual = f"it is not so {told}" if bare else f"{self.actual} ({told})"
        return replace(self, actual=actual, is_counted=True, is_once=is_once)

    @property
    def acceptance(self) -> str:
        """Which policies accept it, as a sentence, or an empty string."""
        names = " or ".join(f"--policy {name}" for name in self.accepted_by)
        return f"Accepted under {names}" if names else ""

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
    """Return a finding about an exchange; `actual` is the response in a few words by default.

    `row` counts from 1 within the page. Of a law both texts are whole sentences.
    """
    page = record.reading.page if record.reading.is_valid else None
    where = place_of(record) if row is None else f"{place_of(record)}, row {row}"
    return Finding(where, expected, actual or answer_of(record), record, page, row, field, is_law)


def at_row(position: Position, expected: str, actual: str, field: str | None = None) -> Finding:
    """Return a finding about a row of a walk."""
    return at(position.record, expected, actual, row=position.row, field=field)


def place_of(record: Record) -> str:
    """Return which list and page, or which other request, an exchange is about.

    An operation that returns no list is named, for what it is about may be a number only.
    """
    reading = record.reading
    paging = record.operation.pagination
    if paging is not None and reading.is_valid and reading.page is not None:
        return f"{_list_of(record)}, page {reading.page} at {paging.size.name} {reading.size}"
    query = record.exchange.request.query
    deviations = (each for each in reading.deviations if each.aspect != CURSOR)
    about = ", ".join(f"{each.element} {_how(record, each)}" for each in deviations)
    about = f" ({about})" if about else ""
    if paging is None:
        what, values = record.operation.label, _list_of(record)
        what = what if values == record.operation.path else f"{what} for {values}"
        return f"{what}{f', request ?{cut(query, 120)}' if query else ''}{about}"
    return f"{_list_of(record)}, request ?{cut(query, 120)}{about}"


def _list_of(record: Record) -> str:
    """Return the name of the requested list; one that cannot be printed stays encoded."""
    values = dict(record.reading.collection)
    path = record.exchange.request.path.split("/")
    for place, part in enumerate(reversed(record.operation.path.split("/")), start=1):
        name = part[1:-1] if part.startswith("{") else ""
        if name in values and not values[name].isprintable():
            values[name] = path[-place]
    return ", ".join(cut(value, 60) for value in values.values()) or record.operation.path


def _how(record: Record, condition: Condition) -> str:
    """Return how an element deviates, with how the probe made it if the condition has many ways."""
    request, note = record.exchange.request, record.exchange.note
    if condition.name == "everywhere":
        given = any(credentials(s, request) for s in record.operation.schemes)
        return "wrong" if given else "missing"
    if condition.aspect == ANOTHER_TOKEN:
        return f"from {variable_in(request, record.operation.schemes)}"
    word = _WORDS.get(condition.name, condition.name)
    told = note.partition("with ")[2]
    return f"{word}: {told}" if told and condition.name in _TOLD_BY_NOTE else word


# Conditions with many ways to make them: the note of a probe says which one it is.
_TOLD_BY_NOTE = {"nearMiss", "hostile", "derived"}

_WORDS: Mapping[str, str] = {
    "malformed": "of the wrong type",
    "lenient": "an integer to some languages only",
    "derived": "made from a known one",
    "belowMinimum": "below its minimum",
    "aboveMaximum": "above its maximum",
    "outside": "not allowed",
    "astronomical": "astronomically large",
    "nearMiss": "almost valid",
    "otherMethods": "not in the contract",
    "other": "of another format",
}


def answer_of(record: Record) -> str:
    """Return a response in a few words: '200 with 100 users', '500', 'no response: …'."""
    response = record.response
    if response is None:
        failure = record.exchange.failure
        return f"no response: {quoted_sentence(failure.message)}" if failure else "no response"
    text = str(response.status)
    if 300 <= response.status < 400 and response.header("Location"):  # noqa: PLR2004
        location = cut(str(response.header("Location")))
        return f'{text} to "{location}"'
    if record.is_success and record.items is not None:
        return f"{text} with {nouns_of(record.operation).count(len(record.items))}"
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
    value = lookup(record.body, form.message)
    return value if isinstance(value, str) else None


def beginning(record: Record) -> str:
    """Return the beginning of a body as a quotation, in one line; a page is only named."""
    if record.response and record.response.is_page:
        return "an HTML page"
    body = record.response.body if record.response else b""
    text = " ".join(body[:400].decode("utf-8", "replace").split())
    return f'a body that begins "{cut(text)}"'


def quoted_sentence(sentence: str) -> str:
    """Return a sentence as it stands within another one, without capital and full stop."""
    return f"{sentence[:1].lower()}{sentence[1:].rstrip('.')}"


def nouns_of(operation: Operation) -> Nouns:
    """Return what the rows of an operation's list are called."""
    return operation.listing.nouns if operation.listing else Nouns()


def common_nouns(operations: Iterable[Operation]) -> Nouns:
    """Return what several lists and their rows are called: general words where they differ."""
    found, general = {nouns_of(operation) for operation in operations}, Nouns()
    if len(found) == 1:
        return found.pop()
    lists = {nouns.list for nouns in found}
    return replace(general, list=lists.pop() if len(lists) == 1 else general.list)

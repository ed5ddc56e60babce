"""Records: one exchange each, with its request parsed and its response read and judged once."""

from __future__ import annotations

import datetime as dt
import math
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from ...spec.documents.pointers import elements, lookup
from ...spec.laws.laws import TIME
from ...spec.model.media import is_json
from ...spec.schemas.violations import Judgement, Violation
from ..http.exchange import FailureKind
from . import selected, strict_json
from .finding import quoted_sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...spec.contract import Contract
    from ...spec.documents.pointers import Pointer
    from ...spec.model.error_form import ErrorForm
    from ...spec.model.media import DeclaredResponse, Media
    from ...spec.model.operation import Operation
    from ..http.exchange import Exchange
    from .parsed_request import ParsedRequest

_SUCCESS = range(200, 300)
_ERRORS = range(400, 600)
_CLIENT_ERRORS = range(400, 500)
_SERVER_ERRORS = range(500, 600)
_CUT_OFF = {FailureKind.DROPPED, FailureKind.TRUNCATED}
_TOO_MANY = 429
WITHOUT_BODY = {204, 205, 304}
"""The statuses whose responses have no body, whatever a contract declares (RFC 9110)."""

Content: TypeAlias = "Mapping[Pointer, Any]"
"""What a response says, by place."""
STATUS: Pointer = ("", "status")
"""The place of the status in a content. No place in a body begins so."""


class Record:
    """One exchange for an operation of the contract, with its parsed request and its response."""

    def __init__(self, contract: Contract, exchange: Exchange, reading: ParsedRequest) -> None:
        self.contract = contract
        self.exchange = exchange
        self.reading = reading
        self.number = exchange.number
        """The number of the exchange in its run."""
        self.response = exchange.response
        """The response, None if there was none."""
        self.status = exchange.response.status if exchange.response else 0
        """The status of the response, 0 if there was none."""

    @property
    def operation(self) -> Operation:
        """The requested operation."""
        return self.reading.operation

    @cached_property
    def document(self) -> strict_json.Document:
        """The body of the response, read as strict JSON."""
        return strict_json.read(self.response.body if self.response else b"")

    @cached_property
    def body(self) -> Any:
        """The value of the body, None if it could not be read.

        Numbers that are not finite are 0 here: only the rule about strict JSON reports them.
        """
        return self.document.value if self.document.is_finite else _finite(self.document.value)

    def share_body(self, other: Record) -> None:
        """Take over the body of another record whose response has the same one, as it was read."""
        vars(self).update(document=other.document, body=other.body)

    def share_judgement(self, other: Record) -> None:
        """Take over the judgement of a record with the same body if it is the same for this one."""
        known = vars(other).get("judgement")
        if known is not None and self._judged_by == other._judged_by:
            vars(self)["judgement"] = known

    @property
    def _judged_by(self) -> tuple[object, ...]:
        """What the judgement of a body depends on, beside the body."""
        reading, started = self.reading, self.exchange.started
        media_type = self.response.media_type if self.response else None
        # Equal numbers may be of two types, which laws tell apart.
        values = repr(reading.values)
        hour = (started > 0, started // 3600)
        return reading.operation.id, values, reading.reads_a_list, self.status, media_type, hour

    @cached_property
    def content(self) -> Content:
        """What the response says, by place: its status, and each value of its body."""
        failure = self.exchange.failure
        found: dict[Pointer, Any] = {STATUS: failure.kind.value if failure else self.status}
        if self.document.readable:
            found.update(
                (place, value)
                for place, value in elements(self.document.value)
                if not (value and isinstance(value, dict | list))  # its elements say what it has
            )
        elif self.response is not None:
            found[()] = self.response.body
        return found

    @cached_property
    def is_error_by_body(self) -> bool:
        """Whether the body has the form of the contract's errors, whatever the status is."""
        form = self.contract.error
        if form is None or not isinstance(self.body, dict):
            return False
        members = [form.message, *([form.number] if form.number else [])]
        if any(lookup(self.body, member) is None for member in members):
            return False
        if self.items is not None:
            return False  # a success may have members beyond its own, such as an errorCode of 0
        schema = self.operation.schema
        return schema is None or not schema.accepts(self.body, self.reading.values)

    @property
    def was_cut_off(self) -> bool:
        """Whether the connection was closed before the end of the response."""
        failure = self.exchange.failure
        return failure is not None and failure.kind in _CUT_OFF

    @property
    def is_put_off(self) -> bool:
        """Whether the server accepted no more requests for now."""
        return self.exchange.throttled or self.status == _TOO_MANY

    @property
    def is_error_status(self) -> bool:
        """Whether the status is 4xx or 5xx."""
        return self.status in _ERRORS

    @property
    def is_success(self) -> bool:
        """Whether the response is a success, by its status and its body."""
        return self.status in _SUCCESS and not self.is_error_by_body

    @property
    def is_error(self) -> bool:
        """Whether the response is an error, by its status or its body."""
        return self.is_error_status or self.is_error_by_body

    @property
    def is_error_response(self) -> bool:
        """Whether the response rejects the request, and has no rows."""
        rejected = self.status in _CLIENT_ERRORS or (
            self.is_error_by_body and self.status not in _SERVER_ERRORS
        )
        return rejected and not self.items

    @property
    def is_client_error(self) -> bool:
        """Whether the status is 4xx, other than 429."""
        return self.status in _CLIENT_ERRORS and not self.is_put_off

    @property
    def is_server_error(self) -> bool:
        """Whether the status is 5xx."""
        return self.status in _SERVER_ERRORS

    @cached_property
    def items(self) -> list[Any] | None:
        """The rows of the body, None if it has no array in their place."""
        listing = self.operation.listing
        return listing.items_of(self.body) if listing else None

    @cached_property
    def total(self) -> int | None:
        """The total that the body states, None if it has none."""
        listing = self.operation.listing
        return listing.total_of(self.document.value) if listing and self.is_success else None

    @cached_property
    def keys(self) -> list[Any]:
        """What identifies each row, in order; None for a row without it."""
        listing = self.operation.listing
        return listing.keys_of(self.items or []) if listing else []

    @property
    def declared(self) -> DeclaredResponse | None:
        """The declared response that this one is checked against, None if there is none.

        An error with a success status is checked against the error schema alone; the rule about its
        status reports the status.
        """
        if self.is_error_by_body and not self.is_error_status:
            return None
        declared = self.operation.response_for(self.status)
        return self.operation.success if declared is None and self.is_success else declared

    @cached_property
    def json_media(self) -> Media | None:
        """What the contract declares for the body if it has to be JSON, None if it need not be.

        A body of a content type that is not declared has to be what is declared as JSON.
        """
        declared, kind = self.declared, self.response.media_type if self.response else None
        if declared is None or self.status in WITHOUT_BODY:
            return None
        media = declared.media_for(kind)
        if media is None:
            return declared.json
        return media if is_json(media.type) or (kind is not None and is_json(kind)) else None

    @property
    def _request(self) -> Mapping[str, Any]:
        """What laws know of the request: its parameters, and its time up to the hour."""
        values = self.reading.values
        is_taken = any(each.name == TIME for each in self.operation.parameters)
        if is_taken or self.exchange.started <= 0:
            return values
        # The result of a law is kept for equal reads: with seconds it would never be used again.
        return {**values, TIME: _hour(self.exchange.started // 3600)}

    @cached_property
    def judgement(self) -> Judgement:
        """The violations of the contract's schemas and laws by the body."""
        form = self.contract.error
        if self.response is None:
            return Judgement()
        if self.is_error and form is not None and self.document.problem is not None:
            return _unreadable(form, self.document)
        if not self.document.readable:
            return Judgement()
        if self.is_error_by_body and form is not None:
            return form.schema.judge(self.body)
        schema = self.json_media.schema if self.json_media else None
        if schema is None:
            return Judgement()
        judgement = schema.judge(self.body, self._request)
        if not self.document.is_finite:
            # No other rule judges what stands beside NaN, Infinity or a number of 5,000 digits.
            values = elements(self.document.value)
            beside = {place[:-1] for place, value in values if _is_infinite(value)}
            kept = [v for v in judgement.violations if v.place[:-1] not in beside]
            judgement.violations = kept
        if self.items and self.is_success and self.reading.reads_a_list:
            selected.judge(self.reading, self.items, judgement)
        return judgement


@lru_cache(maxsize=64)
def _hour(hours: float) -> str:
    """Return the time of so many hours after 1970."""
    return dt.datetime.fromtimestamp(hours * 3600, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_infinite(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _finite(value: Any) -> Any:
    if _is_infinite(value):
        return 0
    if isinstance(value, list):
        return [_finite(element) for element in value]
    if isinstance(value, dict):
        return {name: _finite(element) for name, element in value.items()}
    return value


def _unreadable(form: ErrorForm, document: strict_json.Document) -> Judgement:
    """Return the violation by an error body that is not strict JSON."""
    what = quoted_sentence(document.problem or "") if document.readable else "what is no JSON"
    violation = Violation(form.schema.root.requirement, (), "the error body, as JSON", what)
    return Judgement([violation])

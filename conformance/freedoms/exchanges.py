"""Signs of freedoms in exchanges: phrases about a request and its response."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from ...spec.documents.pointers import lookup
from ...spec.visible import cut
from ..records.parsed_request import CURSOR, UNKNOWN_LIST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ..evidence.evidence import Evidence
    from ..records.record import Record

Test: TypeAlias = "Callable[[Evidence, Record], bool]"

_WRONG_TOKENS = ("unknown", "nearMiss", "everywhere", "empty")
_USUAL_HEADERS = {
    *("date", "server", "connection", "keep-alive", "transfer-encoding", "trailer", "via", "allow"),
    *("content-type", "content-length", "content-encoding", "content-language", "accept-ranges"),
    *("www-authenticate", "retry-after", "location", "vary", "etag", "last-modified"),
}
"""Headers that HTTP itself gives every server."""
_LONGEST = 100
_ESCAPE = re.compile(rb"\\(?:(/|u(?!00[01]))|.)", re.DOTALL)
"""An escape of a JSON string; the group is there if JSON does not require it."""


def _first_page(_: Evidence, record: Record) -> bool:
    reading = record.reading
    lists = record.is_success and reading.is_valid and record.items is not None
    return lists and reading.first_row == 0 and not reading.meets(CURSOR)


def _last_page(_: Evidence, record: Record) -> bool:
    reading, total = record.reading, record.total
    if not (record.is_success and reading.is_valid and reading.size and total):
        return False
    return reading.first_row < total <= reading.first_row + reading.size


def _one_page(_: Evidence, record: Record) -> bool:
    paging = record.operation.pagination
    place = paging.total_pages if paging else None
    return place is not None and lookup(record.body, place) == 1


def _only(record: Record, *aspects: str) -> bool:
    return record.reading.only(*aspects) is not None


def _wrong_parameter(_: Evidence, record: Record) -> bool:
    deviations = record.reading.deviations
    alone = len(deviations) == 1 and record.reading.is_invalid
    return alone and deviations[0].aspect.startswith("parameter.")


def _is_ambiguous(record: Record, *, listed: bool) -> bool:
    """Whether the one thing unusual is a query parameter that is not listed, or is sent twice."""
    found = record.reading.only("parameter.ambiguous")
    name = found.element.removeprefix("query parameter ") if found else ""
    known = {parameter.name for parameter in record.operation.located("query")}
    return found is not None and (name in known) is listed


def _header_missing(record: Record, nth: int) -> bool:
    """Whether the request is as it should be, but for a header; it may be taken for optional."""
    named = [f"header {each.name}" for each in record.operation.required_headers][nth - 1 : nth]
    missing = [
        each
        for each in record.reading.conditions
        if each.aspect == "header.missing" and each.element in named
    ]
    return bool(missing) and all(each in missing for each in record.reading.deviations)


def _has_escapes(_: Evidence, record: Record) -> bool:
    found = _ESCAPE.finditer(record.response.body) if record.response else ()
    return any(each[1] for each in found)


def _content_type(record: Record) -> str:
    return (record.response.header("Content-Type") if record.response else None) or ""


def _gzip_accepted(_: Evidence, record: Record) -> bool:
    sent = record.exchange.request.headers
    return any(name.lower() == "accept-encoding" and "gzip" in value for name, value in sent)


def more_headers(record: Record) -> set[str]:
    """Return the headers of a response that neither the contract nor HTTP itself lists.

    Their names are cut: a server can choose any.
    """
    response, declared = record.response, record.declared
    if response is None:
        return set()
    listed = {name.lower() for name in (declared.headers if declared else ())}
    sent = {cut(name.lower(), _LONGEST) for name, _ in response.headers}
    return sent - _USUAL_HEADERS - listed


_PHRASES: Mapping[str, Test] = {
    "any response": lambda _, r: r.response is not None,
    "success": lambda _, r: r.is_success,
    "rejected": lambda _, r: r.is_error_response,
    "valid token": lambda _, r: r.reading.has_valid_token,
    "a wrong token": lambda _, r: _only(r, *(f"security.{each}" for each in _WRONG_TOKENS)),
    "no token": lambda _, r: _only(r, "security.missing"),
    "a wrong parameter": _wrong_parameter,
    "an unlisted parameter": lambda _, r: _is_ambiguous(r, listed=False),
    "a parameter twice": lambda _, r: _is_ambiguous(r, listed=True),
    "header 1 missing": lambda _, r: _header_missing(r, 1),
    "header 2 missing": lambda _, r: _header_missing(r, 2),
    "gzip accepted": _gzip_accepted,
    "an unknown list": lambda _, r: _only(r, UNKNOWN_LIST),
    "past the end": lambda e, r: r.reading.is_valid and e.is_past_end(r),
    "first page": _first_page,
    "last page": _last_page,
    "no rows": lambda _, r: r.is_success and r.items == [],
    "one page": _one_page,
    "one row in all": lambda _, r: r.total == 1,
    "one row of several": lambda _, r: len(r.items or ()) == 1 and r.total != 1,
    "full": lambda _, r: len(r.items or ()) == r.reading.size,
    "JSON": lambda _, r: r.document.readable,
    "over many lines": lambda _, r: r.response is not None and b"\n" in r.response.body.strip(),
    "with escapes": _has_escapes,
    "a charset": lambda _, r: "charset" in _content_type(r).lower(),
    "a content type in capitals": lambda _, r: (
        (kind := _content_type(r).partition(";")[0]) != kind.lower()
    ),
    "more headers": lambda _, r: bool(more_headers(r)),
    "compressed": lambda _, r: bool(r.response and r.response.header("Content-Encoding")),
}
_STATUS = re.compile(r"(not )?status ([0-9]{3})")
_AFTER = re.compile(r"after ([0-9.]+) s")


def phrases(given: str | Sequence[str]) -> tuple[str, ...]:
    """Return the phrases of a member, which may have one alone."""
    return (given,) if isinstance(given, str) else tuple(given)


def compiled(given: Sequence[str]) -> Test:
    """Return whether all of some phrases hold; raise LookupError if one of them is unknown."""
    first, *others = _tests(given)
    if not others:
        return first
    return lambda evidence, record: (
        first(evidence, record) and all(test(evidence, record) for test in others)
    )


def _tests(given: Iterable[str]) -> Iterator[Test]:
    for phrase in given:
        if status := _STATUS.fullmatch(phrase):
            yield _has_status(int(status[2]), negated=bool(status[1]))
        elif after := _AFTER.fullmatch(phrase):
            yield _takes(float(after[1]))
        else:
            yield _PHRASES[phrase]


def _has_status(status: int, *, negated: bool) -> Test:
    return lambda _, record: (record.status == status) is not negated


def _takes(seconds: float) -> Test:
    return lambda _, record: record.exchange.duration >= seconds

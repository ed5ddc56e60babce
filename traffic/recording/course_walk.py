"""A walk over a whole list to record it: every page once, while nothing changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...conformance.evidence.evidence import Evidence
from ...conformance.records.finding import answer_of
from ...conformance.records.request_parser import RequestParser
from ...conformance.requests.sending.gateways import who_refused
from ...spec.secrets.masking import MASK

if TYPE_CHECKING:
    from ...conformance.client.client import Client
    from ...conformance.records.record import Record
    from ...conformance.requests.probes.probe import Caller
    from ...spec.contract import Contract

ATTEMPTS = 3
MANY = 100
"""Rows of a page if the contract has no maximum."""


class WalkError(Exception):
    """A list that cannot be recorded; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class CourseWalk:
    """The pages of one list that were read, of `size` rows each; `total` counts all rows."""

    caller: Caller
    size: int
    total: int
    pages: tuple[Record, ...]


def walk(contract: Contract, client: Client, caller: Caller, most_rows: int) -> CourseWalk:
    """Read a list; raise WalkError if it cannot be read, or changes all the time."""
    paging = caller.operation.pagination
    if paging is None:
        raise WalkError(f"{caller.operation.id} has no pages to read")
    reader = RequestParser(contract, client.target.prefix, tokens=frozenset({caller.token, MASK}))
    first = paging.page.minimum or 0
    size = min(paging.size.maximum or MANY, most_rows)
    for _ in range(ATTEMPTS):
        evidence = Evidence(contract, reader)
        pages = [_page(evidence, client, caller, first, size)]
        total = pages[0].total or 0
        others = range(first + 1, first - (-min(total, most_rows) // size))
        pages += [_page(evidence, client, caller, page, size) for page in others]
        again = _page(evidence, client, caller, first, size)
        if all(page.total == total for page in pages) and again.keys == pages[0].keys:
            return CourseWalk(caller, size, total, tuple(pages))
    raise WalkError(
        f"{caller.name} changed during each of {ATTEMPTS} attempts to read it; record it "
        "when nobody uses it"
    )


def _page(evidence: Evidence, client: Client, caller: Caller, page: int, size: int) -> Record:
    request = caller.request(page=page, size=size)
    record = evidence.add(client.send(request, note=f"page {page} of {caller.name}"))
    if record is None or not record.is_success or record.items is None or record.total is None:
        refusal = None if record is None else who_refused(record)
        refusal = refusal and refusal.of(client.connection)
        got = "something else" if record is None else answer_of(record)
        advice = (
            refusal.advice
            if refusal
            else f"Check the token and the course, and check {client.target.url} with "
            "`ruangkerja check`"
        )
        why = f"{refusal.what} ({got})" if refusal else f"it got {got}"
        raise WalkError(f"page {page} of {caller.name} cannot be recorded: {why}. {advice}")
    return record

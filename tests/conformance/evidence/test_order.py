"""What was sent at once has no order: a change that may have happened then is no mistake."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.evidence.evidence import Evidence
from ruangkerja.conformance.evidence.repeats import comes_back
from ruangkerja.conformance.http.exchange import Exchange, Request, Response
from ruangkerja.conformance.records.request_parser import RequestParser
from tests.helpers.backend import TOKEN, Asked, page_of, user

if TYPE_CHECKING:
    from ruangkerja.conformance.records.record import Record
    from ruangkerja.spec.contract import Contract


def reading(contract: Contract, pages: list[tuple[int, int, int]]) -> Evidence:
    """Read pages of ten rows; each has its number, the total that it states, and its turn."""
    evidence = Evidence(contract, RequestParser(contract, tokens=frozenset({TOKEN})))
    for number, (page, total, turn) in enumerate(pages, 1):
        target = f"/ruangkerja/dashboard/courses/C-1/online/users?page={page}&pageSize=10"
        headers = (
            ("Authorization", TOKEN),
            ("Accept", "application/json"),
            ("Content-Type", "application/json"),
        )
        items = [user(index) for index in range((page - 1) * 10, min(page * 10, total))]
        body = json.dumps(page_of(Asked("GET", "", {}, {}, page, 10), total, items)).encode()
        response = Response(
            200, "OK", "HTTP/1.1", (("Content-Type", "application/json"),), body, len(body)
        )
        exchange = Exchange(number, Request("GET", target.encode(), headers), response, None, 0, 0)
        evidence.add(replace(exchange, turn=turn))
    return evidence


def totals(evidence: Evidence) -> list[tuple[Record, int | None]]:
    return [(record, record.total) for record in evidence.records]


@pytest.mark.parametrize(("turns", "expected"), [((0, 0, 0), True), ((1, 1, 1), False)])
def test_a_value_comes_back_only_if_its_order_is_known(
    contract: Contract, turns: tuple[int, int, int], expected: bool
) -> None:
    pages = [(1, 20, turns[0]), (2, 21, turns[1]), (1, 20, turns[2])]
    assert comes_back(totals(reading(contract, pages))) is expected


def test_a_list_that_grew_while_its_pages_were_read_at_once_is_not_settled(
    contract: Contract,
) -> None:
    grown = reading(contract, [(1, 21, 1), (2, 20, 1), (3, 21, 1), (1, 21, 4)])
    assert not any(walk.settled for walk in grown.walks)
    one_by_one = reading(contract, [(1, 21, 0), (2, 20, 0), (3, 21, 0), (1, 21, 0)])
    assert all(walk.settled for walk in one_by_one.walks), "a total that goes back is a mistake"

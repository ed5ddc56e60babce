from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.records.request_parser import RequestParser
from ruangkerja.spec import contract as contracts
from ruangkerja.traffic.load.journeys import NothingToSendError, Traveller, callers_of

if TYPE_CHECKING:
    from ruangkerja.conformance.records.parsed_request import ParsedRequest
    from ruangkerja.spec.contract import Contract

TARGET = Target.parse("http://127.0.0.1:8080")
FAMILY = Path("fixtures/contracts/family.yaml")
LISTS = {"courseSerial": ("C-1", "C-2")}
PAGE = json.dumps({"data": {"totalItems": 95, "items": []}}).encode()


def requests(contract: Contract, *, body: bytes | None, seed: int = 0) -> list[ParsedRequest]:
    """Return the first 400 requests of a user whose requests all get the same body."""
    callers = callers_of(contract, TARGET, ["one", "two"], LISTS)
    steps = Traveller(callers).steps(Random(seed))  # noqa: S311 - no secret
    tokens = frozenset({"one", "two"})
    reader = RequestParser(contract, prefix="", tokens=tokens, known=frozenset({"C-1", "C-2"}))
    sent: list[Any] = [next(steps), *(steps.send(body) for _ in range(399))]
    found = [reader.read(step.request) for step in sent]
    assert all(found)
    return [each for each in found if each is not None]


def test_users_open_page_resize_come_back_and_go_to_other_lists(contract: Contract) -> None:
    sent = requests(contract, body=PAGE)
    assert all(each.is_valid for each in sent)
    assert {each.collection for each in sent} == {
        (("courseSerial", "C-1"),),
        (("courseSerial", "C-2"),),
    }
    sizes = {each.size for each in sent}
    assert {5, 10, 20, 50, 100} <= sizes
    pages = {(each.size, each.page) for each in sent}
    assert {(10, 1), (10, 2), (10, 5), (100, 1), (20, 5)} <= pages
    assert all(page is not None and (page - 1) * (size or 0) < 95 for size, page in pages)
    again = [(each.collection, each.size, each.page) for each in sent]
    assert len(set(again)) < len(again) / 2


def test_a_list_that_is_not_shown_is_left_after_its_first_page(contract: Contract) -> None:
    assert {each.page for each in requests(contract, body=None)} == {1}


@pytest.mark.parametrize("body", [b"", b"[", b"[" * 100_000, b"null", b'{"data": {}}'])
def test_a_body_that_is_no_page_ends_no_user(contract: Contract, body: bytes) -> None:
    assert all(each.is_valid for each in requests(contract, body=body))


def test_users_with_one_seed_send_the_same(contract: Contract) -> None:
    first = [each.page for each in requests(contract, body=PAGE, seed=7)]
    assert first == [each.page for each in requests(contract, body=PAGE, seed=7)]
    assert first != [each.page for each in requests(contract, body=PAGE, seed=8)]


def test_cursors_are_followed_and_operations_that_write_are_not_sent(root: Path) -> None:
    contract = contracts.load(root / FAMILY)
    random = Random(0)  # noqa: S311 - no secret
    steps = Traveller(callers_of(contract, TARGET, ["one"], {})).steps(random)
    bodies = ({"next": str(number), "activities": []} for number in range(300))
    sent = [next(steps), *(steps.send(json.dumps(body).encode()) for body in bodies)]
    assert {step.request.method for step in sent} == {"GET"}
    assert len({step.path for step in sent}) == 5


def test_a_list_that_a_token_does_not_open_is_not_sent_with_it(contract: Contract) -> None:
    [operation] = contract.operations
    first, second = ((operation.id, (("courseSerial", name),)) for name in ("C-1", "C-2"))
    callers = callers_of(contract, TARGET, ["one", "two"], LISTS, [(first,), (first, second)])
    assert [[caller.path["courseSerial"] for caller in each] for each in callers] == [
        ["C-1"],
        ["C-1", "C-2"],
    ]
    with pytest.raises(NothingToSendError, match="no operation of the contract can be sent"):
        callers_of(contract, TARGET, ["one"], LISTS, [()])

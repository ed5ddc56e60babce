"""Each fault knows a request in which it shows."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from ruangkerja.mock.app import create_app
from ruangkerja.mock.faults import CATALOGUE, Faulty
from ruangkerja.mock.faults.example_lists import lists_of
from ruangkerja.mock.faults.examples import TOKENS
from ruangkerja.mock.responder import Responder
from ruangkerja.mock.settings import Settings
from ruangkerja.spec.contract import load

from ..conftest import TOKEN

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.mock.faults import Fault
    from ruangkerja.mock.faults.call import Call, Response
    from ruangkerja.mock.faults.examples import ExampleRequest, Lists
    from ruangkerja.spec.contract import Contract


def lists_for(responder: Responder) -> Lists | None:
    return lists_of(responder.contract, responder.plans, responder.scenarios)


async def touched(faulty: Faulty, request: ExampleRequest) -> int:
    """Send a request once, and return how many rows the fault touched."""
    path, _, query = f"{faulty.contract.base_path}{request.target}".encode().partition(b"?")
    headers = {"host": "127.0.0.1", **request.headers}
    token = TOKENS[request.token](TOKEN)
    if token is not None:
        headers["authorization"] = token
    scope = {
        "type": "http",
        "method": request.method,
        "path": unquote(path.decode()),
        "raw_path": path,
        "query_string": query,
        "headers": [(name.lower().encode(), text.encode()) for name, text in headers.items()],
        "http_version": "1.1",
        "client": ("127.0.0.1", 1),
    }
    found: list[int] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_message: Any) -> None:
        pass

    def report(call: Call, response: Response, conforming: Response) -> Response:
        found.append(response.touched(call, conforming))
        return replace(response, delay=0.0, cut=None, dropped=False)

    await faulty(scope, receive, send, report)
    return found[0]


async def shows(app: Any, fault: Fault, request: ExampleRequest) -> bool:
    faulty = Faulty(app, app.responder.contract, fault, TOKEN)
    if request.first is not None:
        await touched(faulty, request.first)
    for _ in range(request.times - 1):
        await touched(faulty, request)
    together = [each for each in (request, request.meanwhile) if each is not None]
    counts = await asyncio.gather(*(touched(faulty, each) for each in together))
    return counts[0] > 0


def test_every_fault_shows_in_its_example(contract: Contract) -> None:
    app = create_app(contract, Settings())
    lists = lists_for(app.responder)
    assert lists is not None

    async def hidden() -> list[str]:
        return [
            name
            for name, fault in CATALOGUE.items()
            if not await shows(app, fault, lists.request(fault.example))
        ]

    assert asyncio.run(hidden()) == []


@pytest.mark.parametrize("name", ["pet_store", "issue_tracker", "payments"])
def test_examples_are_requests_of_any_contract(root: Path, name: str) -> None:
    contract = load(root / "tests" / "data" / f"{name}.yaml")
    lists = lists_for(Responder(contract, Settings()))
    assert lists is not None
    for fault in CATALOGUE.values():
        request = lists.request(fault.example)
        found = contract.routes.nearest("GET", request.target.partition("?")[0])
        assert found is None or found[0] is request.operation, fault.name


def test_an_example_is_described_and_fills_the_form_of_the_console(contract: Contract) -> None:
    lists = lists_for(Responder(contract, Settings()))
    assert lists is not None
    request = lists.request(CATALOGUE["token-unchecked-in-empty-lists"].example)
    assert request.short == "COURSE-EMPTY?page=1&pageSize=10"
    assert request.notes == ["with an unknown token"]
    assert request.fragment("f") == (
        "operation=listOnlineCourseUsers&courseSerial=COURSE-EMPTY&page=1&pageSize=10"
        "&prefer=fault%3Df"
    )
    twice = lists.request(CATALOGUE["repeated-parameter-is-500"].example)
    assert twice.fragment("f") is None

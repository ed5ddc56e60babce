from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.mock.data.keystream import Draw
from ruangkerja.mock.data.makers.compiler import Compiler
from ruangkerja.mock.data.providers import Providers
from ruangkerja.mock.responder import Responder
from ruangkerja.mock.settings import Settings
from ruangkerja.spec import contract as contracts
from ruangkerja.spec.documents.problems import SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.spec.contract import Contract
    from ruangkerja.spec.model.operation import Operation

    from .conftest import Caller, MakeCaller, Received

NAMES = ["pet_store", "issue_tracker", "payments"]


@pytest.fixture(scope="module")
def read(root: Path) -> dict[str, Contract]:
    return {name: contracts.load(root / "tests" / "data" / f"{name}.yaml") for name in NAMES}


def credentials(operation: Operation) -> dict[str, str]:
    if not operation.security:
        return {}
    (scheme, *_) = operation.security[0]
    token = scheme.example or "token"
    if scheme.kind == "apiKey":
        return {scheme.name: token}
    if scheme.scheme == "basic":
        return {"Authorization": f"Basic {base64.b64encode(token.encode()).decode()}"}
    return {"Authorization": f"Bearer {token}"}


def ask(
    call: Caller, contract: Contract, operation: Operation, number: int = 1, **more: Any
) -> Received:
    path = operation.path
    for parameter in operation.located("path"):
        value = number if parameter.is_integer else f"name-{number}"
        path = path.replace(f"{{{parameter.name}}}", str(value))
    headers = credentials(operation)
    for parameter in operation.located("header"):
        headers[parameter.name] = "11111111-1111-4111-8111-111111111111"
    body = b""
    if operation.body is not None:
        media = operation.body.media["application/json"]
        assert media.schema is not None
        maker = Compiler(contract.document, Providers(None)).root(media.schema.place)
        body = json.dumps(maker.make(Draw(b"body%d" % number))).encode()
        headers["Content-Type"] = "application/json"
    headers.update(more)
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return call.raw(f"{contract.base_path}{path}".encode(), operation.method, raw, body)


def valid(operation: Operation, received: Received) -> bool:
    response = operation.response_for(received.status)
    if response is None or not response.media:
        return not received.body or received.headers["content-type"] == "application/problem+json"
    media = response.media[received.headers["content-type"]]
    if media.schema is None or response.json is None:
        return True
    return media.schema.accepts(received.json)


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_is_answered_as_its_contract_has_it(
    read: dict[str, Contract], caller: MakeCaller, name: str
) -> None:
    contract = read[name]
    call = caller(contract)
    for operation in contract.operations:
        assert operation.success is not None
        for number in range(1, 40):
            received = ask(call, contract, operation, number)
            expected = operation.success.status
            assert str(received.status) == expected.replace("XX", "00"), (
                operation.id,
                received.body,
            )
            assert valid(operation, received), (operation.id, received.body)
            assert ask(call, contract, operation, number).body == received.body


@pytest.mark.parametrize("name", NAMES)
def test_every_error_response_has_the_form_of_its_contract(
    read: dict[str, Contract], caller: MakeCaller, name: str
) -> None:
    contract = read[name]
    call = caller(contract)
    for operation in contract.operations:
        rejected = [
            ask(call, contract, operation, Accept="image/png"),
            ask(call, contract, operation, Content_Type="x/y"),
            ask(call, contract, operation, **dict.fromkeys(credentials(operation), "wrong")),
            ask(call, contract, operation, Prefer="code=999"),
        ]
        for received in rejected:
            assert received.status < 500
            assert valid(operation, received), (operation.id, received)


def test_what_was_sent_is_shown_in_the_answer(
    read: dict[str, Contract], caller: MakeCaller
) -> None:
    contract = read["issue_tracker"]
    headers = [(b"authorization", b"Bearer token"), (b"content-type", b"application/json")]
    call = caller(contract)
    target = b"/rest/repos/o/r/issues"
    created = call.raw(target, "POST", headers, b'{"title": "Mine"}')
    assert (created.status, created.json["title"]) == (201, "Mine")
    assert created.headers["location"] == "/repos/o/r/issues/1"
    assert call.raw(target + b"/17", "GET", headers).json["number"] == 17
    assert call.raw(b"/rest/user/starred/o/r", "PUT", headers).status == 204


def test_a_wrong_body_is_refused_with_its_place(
    read: dict[str, Contract], caller: MakeCaller
) -> None:
    headers = [(b"authorization", b"Bearer token"), (b"content-type", b"application/json")]
    call = caller(read["issue_tracker"])
    for body in (b'{"labels": []}', b"{", b"[1", b"\xff", b'{"title": NaN}', b"[" * 100_000, b""):
        received = call.raw(b"/rest/repos/o/r/issues", "POST", headers, body)
        assert received.status == 400, body
    wrong = call.raw(b"/rest/repos/o/r/issues", "POST", headers, b'{"title": ""}')
    assert "title" in wrong.body.decode()


def test_lists_are_varied_and_nulls_occur(read: dict[str, Contract], caller: MakeCaller) -> None:
    contract = read["issue_tracker"]
    call = caller(contract)
    issues: list[Any] = []
    for number in range(60):
        target = f"/rest/repos/o/r{number}/issues".encode()
        issues += call.raw(target, "GET", [(b"authorization", b"Bearer token")]).json
    assert {issue["user"] is None for issue in issues} == {True, False}
    assert {issue["state"] for issue in issues} == {"open", "closed"}
    assert len({issue["title"] for issue in issues}) > len(issues) / 2
    assert {type(label) for issue in issues for label in issue["labels"]} == {str, dict}


def test_an_unknown_name_of_the_contract_is_404(
    read: dict[str, Contract], caller: MakeCaller
) -> None:
    contract = read["payments"]
    headers = [(b"authorization", b"Bearer sk_test_1")]
    assert caller(contract).raw(b"/v1/charges/ch_none", "GET", headers).status == 404


@pytest.mark.parametrize(
    ("directive", "said"),
    [
        ("nmae", "no method 'nmae'"),
        ("{random_int: {min: 5, max: 1}}", "min 5 and max 1"),
        ("{name: {sex: f}}", "no argument 'sex'"),
        ("{unique_code: {alphabet: AB, length: 3}}", "fewer than 256"),
        ("[a, b]", "the name of a provider"),
    ],
)
def test_a_wrong_x_faker_is_shown_with_its_line(
    root: Path, tmp_path: Path, directive: str, said: str
) -> None:
    text = (root / "spec" / "openapi.yaml").read_text(encoding="utf-8")
    path = tmp_path / "openapi.yaml"
    path.write_text(text.replace("x-faker: name\n", f"x-faker: {directive}\n"), encoding="utf-8")
    contract = contracts.load(path)
    line = (
        path.read_text(encoding="utf-8").splitlines().index(f"          x-faker: {directive}") + 1
    )
    with pytest.raises(SourceError) as caught:
        Responder(contract, Settings())
    assert f"openapi.yaml:{line}: " in str(caught.value)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("media_type", "begins"), [("image/png", b"\x89PNG\r\n"), ("image/svg+xml", b"<svg xmlns=")]
)
def test_an_image_without_an_example_is_an_image(
    caller: MakeCaller, tmp_path: Path, media_type: str, begins: bytes
) -> None:
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    responses = {"200": {"description": "an image", "content": content}}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "Images", "version": "1"},
        "paths": {"/image": {"get": {"responses": responses}}},
    }
    spec = tmp_path / "images.json"
    spec.write_text(json.dumps(document))
    received = caller(contracts.load(spec))("/image")
    assert received.headers["content-type"] == media_type
    assert received.body.startswith(begins)

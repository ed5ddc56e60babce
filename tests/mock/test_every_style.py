"""Requests in every style: the one that is written is the one that the stub and the suite read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.http.exchange import Request
from ruangkerja.conformance.records.request_parser import RequestParser
from ruangkerja.conformance.requests.probes.probe import Caller as Writer
from ruangkerja.mock.export.recorded import Recorder
from ruangkerja.mock.requests.draft import Drafts
from ruangkerja.mock.settings import Settings
from ruangkerja.spec import contract as contracts

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.spec.contract import Contract

    from .conftest import Caller, MakeCaller

SECRET = "siti:kata sandi"  # noqa: S105 - no secret of anybody
PLAIN = [
    *("simple", "label", "matrix", "query", "beside", "form", "multipart", "text", "bytes", "json"),
    *("basic", "bearer", "oauth", "openId", "header", "key", "cookie", "both", "maybe"),
]
SECURED = ["basic", "bearer", "oauth", "openId", "header", "key", "cookie", "both"]


@pytest.fixture(scope="module")
def styles(root: Path) -> Contract:
    return contracts.load(root / "tests" / "data" / "every_style.yaml")


@pytest.fixture(scope="module")
def drafts(styles: Contract) -> Drafts:
    return Drafts(styles)


@pytest.fixture(scope="module")
def call(styles: Contract, caller: MakeCaller) -> Caller:
    return caller(styles, tokens=(SECRET,))


def writer(styles: Contract, drafts: Drafts, operation: str) -> Writer:
    draft = drafts.of(styles.operation(operation))
    return Writer(draft, draft.path, SECRET, "127.0.0.1")


def status(call: Caller, request: Request) -> int:
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in request.headers]
    return call.raw(request.target, request.method, headers, request.body).status


def test_every_operation_is_tried(styles: Contract) -> None:
    assert sorted(PLAIN) == sorted(operation.id for operation in styles.operations)


@pytest.mark.parametrize("operation", PLAIN)
def test_a_request_that_is_written_is_valid(
    operation: str, styles: Contract, drafts: Drafts, call: Caller
) -> None:
    request = writer(styles, drafts, operation).request()
    assert status(call, request) == 200
    reading = RequestParser(styles, tokens=frozenset({SECRET})).read(request)
    assert reading is not None
    assert reading.is_valid, reading.deviations


@pytest.mark.parametrize("operation", SECURED)
def test_a_wrong_credential_lets_nobody_in(
    operation: str, styles: Contract, drafts: Drafts, call: Caller
) -> None:
    own = writer(styles, drafts, operation)
    parser = RequestParser(styles, tokens=frozenset({SECRET}))
    for token in ("other", "", f"{SECRET}x"):
        request = own.request(token=token)
        assert status(call, request) == 401
        reading = parser.read(request)
        assert reading is not None
        assert not reading.has_valid_token
    left_out = own.request(credentials={s.id: None for s in own.operation.first_schemes})
    assert status(call, left_out) == 401


def test_each_alternative_lets_in_and_half_of_one_does_not(
    styles: Contract, drafts: Drafts, call: Caller
) -> None:
    own = writer(styles, drafts, "both")
    without = {"key": None, "basic": None}
    parser = RequestParser(styles, tokens=frozenset({SECRET}))
    for request, expected in (
        (own.request(), 200),
        (own.request(credentials=without, headers={"Cookie": f"session={SECRET}"}), 200),
        (own.request(credentials={"key": None}), 401),
        (own.request(credentials={"basic": None}), 401),
        (own.request(credentials=without), 401),
    ):
        assert status(call, request) == expected
        reading = parser.read(request)
        assert reading is not None
        assert reading.has_valid_token is (expected == 200)


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("simple", "/simple/one/1,2/R=1,G=true"),
        ("simple", "/simple/1/1,x/R=1,G=true"),
        ("simple", "/simple/1/1,2/R=1,G=2"),
        ("simple", "/simple/1/1,2/R,1,G,true"),
        ("label", "/label/1/.1,2/.R,1,G,true"),
        ("matrix", "/matrix/;one=1/1,2/;object=R,1,G,true"),
    ],
)
def test_a_path_of_another_style_is_refused(
    operation: str, path: str, call: Caller, styles: Contract
) -> None:
    assert status(call, Request("GET", path.encode())) == 400
    assert styles.routes.find("GET", path)[0].id == operation  # type: ignore[index]


@pytest.mark.parametrize(
    ("operation", "content_type", "body", "expected"),
    [
        ("form", "application/x-www-form-urlencoded", b"name=a", 400),
        ("form", "application/json", b"{}", 415),
        ("multipart", "multipart/form-data", b"--b--", 400),
        ("multipart", "multipart/form-data; boundary=b", b"--b--", 400),
        ("text", "text/csv", b"a,b", 400),
        ("text", "text/plain", b"a;b", 415),
        ("bytes", "image/png", b"ab", 400),
        ("bytes", "image/gif", b"\xff\xfe\x00", 200),
        ("json", "application/merge-patch+json", b"{}", 400),
    ],
)
def test_a_body_is_judged_whatever_its_media_type(
    operation: str,
    content_type: str,
    body: bytes,
    expected: int,
    styles: Contract,
    drafts: Drafts,
    call: Caller,
) -> None:
    own = writer(styles, drafts, operation)
    request = own.request(body=body, headers={"Content-Type": content_type})
    assert status(call, request) == expected
    reading = RequestParser(styles).read(request)
    assert reading is not None
    # A server need not refuse it, but its response shows nothing about valid requests.
    assert reading.is_valid is (expected == 200)
    assert not reading.is_invalid


def test_a_header_that_openapi_describes_elsewhere_is_no_parameter(styles: Contract) -> None:
    names = [parameter.name for parameter in styles.operation("beside").parameters]
    assert "Authorization" not in names
    assert "parameter.X-Many.missing" in styles.register.requirements
    assert "parameter.Authorization.missing" not in styles.register.requirements


def test_a_parameter_that_carries_a_key_is_no_parameter_besides(styles: Contract) -> None:
    assert styles.operation("key").parameters == ()
    assert not [each for each in styles.register.requirements if each.startswith("parameter.api")]


def test_exported_handlers_leave_objects_to_the_server(styles: Contract) -> None:
    recorded = Recorder(styles, Settings(), rows=1).record()["operations"]
    query = next(each["query"] for each in recorded if each["id"] == "query")
    assert {each["name"] for each in query if "missing" in each} == {
        *("one", "many", "comma", "blank", "pipe", "path"),
    }
    assert [each["response"]["status"] for each in (o["otherwise"] for o in recorded)] == [
        200 for _ in recorded
    ]

"""What is taken in has no secrets, and still tells what kind of token was sent."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.http.exchange import Exchange, Request, Response
from ruangkerja.conformance.records.request_parser import RequestParser
from ruangkerja.spec import contract as contracts
from ruangkerja.traffic.sanitizer import Sanitizer

if TYPE_CHECKING:
    from pathlib import Path

CONTRACT = contracts.load()
TOKEN = "Tk-9a8b7c6d5e4f3a2b1c0d"  # noqa: S105 - it opens nothing
PATH = b"/ruangkerja/dashboard/courses/C-1/online/users?page=1&pageSize=10"


def exchange(token: str | None, body: str = "{}", target: bytes = PATH) -> Exchange:
    headers = (("X-One", "1"), ("Cookie", "sid=1"), ("Proxy-Authorization", "Basic eA=="))
    if token is not None:
        headers = (*headers, ("authorization", token))
    answered = Response(200, "OK", "HTTP/1.1", (("Set-Cookie", "sid=2"),), body.encode(), 2)
    return Exchange(1, Request("GET", target, headers), answered, None, 0.0, 0.0)


@pytest.mark.parametrize("known", [None, (TOKEN,), ("another-token-1",)])
@pytest.mark.parametrize(
    "token",
    [
        *(TOKEN, f"{TOKEN}x", TOKEN[:-1], TOKEN[:12], TOKEN.swapcase(), "other-99887766"),
        *(f"B {TOKEN}", "qzwkxvbtjmhg"),
    ],
)
def test_no_credential_comes_through(known: tuple[str, ...] | None, token: str) -> None:
    told = f"{token} and {base64.b64encode(token.encode()).decode()}"
    taken = repr(Sanitizer(CONTRACT, known)(exchange(token, told)))
    assert token not in taken
    assert TOKEN not in taken
    assert base64.b64encode(token.encode()).decode() not in taken
    assert "sid=" not in taken
    assert "eA==" not in taken
    assert "X-One" in taken


@pytest.mark.parametrize("known", [None, (TOKEN,)])
@pytest.mark.parametrize("token", [None, TOKEN, f"{TOKEN}x", "page"])
def test_headers_that_were_seen_make_no_difference(
    known: tuple[str, ...] | None, token: str | None
) -> None:
    secret = "Zq4-77f1e2d3"  # noqa: S105 - it opens nothing
    ends = (
        b"",
        f"&page={TOKEN}",
        f"&api_key={secret}",
        f"&a%70i_key={secret}",
        f"&q={secret}",
        "#",
    )
    targets = [PATH + (end if isinstance(end, bytes) else end.encode()) for end in ends]
    targets += [PATH.replace(b"C-1", each.encode()) for each in (TOKEN, f"a{TOKEN[:9]}", "C%202")]
    used = Sanitizer(CONTRACT, known)
    for target in (*targets, *reversed(targets)):
        sent = exchange(token, target=target).request
        for request in (
            sent,
            Request("POST", target, sent.headers, b'{"password":"Xy-123456789"}'),
        ):
            assert used.request(request) == Sanitizer(CONTRACT, known)._sanitized(request)


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        (TOKEN, "valid"),
        (f"{TOKEN}x", "nearMiss"),
        (TOKEN[:-1], "nearMiss"),
        (TOKEN[:12], "nearMiss"),
        (TOKEN.swapcase(), "nearMiss"),
        ("other-99887766", "unknown"),
        (f"Bearer {TOKEN}", "unknown"),
        ("", "empty"),
        (None, "missing"),
    ],
)
def test_what_a_token_is_to_the_contract_can_still_be_told(token: str | None, kind: str) -> None:
    sanitizer = Sanitizer(CONTRACT, (TOKEN,))
    before = RequestParser(CONTRACT, tokens=frozenset({TOKEN})).read(exchange(token).request)
    after = RequestParser(CONTRACT, tokens=sanitizer.tokens).read(
        sanitizer(exchange(token)).request
    )
    assert before is not None
    assert after is not None
    assert kind in {condition.name for condition in after.conditions}
    assert after.conditions == before.conditions


def test_a_short_token_is_not_looked_for_in_answers() -> None:
    body = '{"status": "completed", "a": 1}'
    taken = Sanitizer(CONTRACT)(exchange("completed", body))
    assert taken.response is not None
    assert taken.response.body == body.encode()
    assert "completed" not in repr(taken.request)


def test_cookies_and_other_secrets_are_hidden_where_a_response_repeats_them() -> None:
    headers = (
        ("Cookie", "sid=6f1c9a27e0d4; theme=dark"),
        ("X-Gateway-Token", "Bearer 0a1b2c3d4e5f"),
        ("Referer", "https://app.example/x?code=77aa88bb&page=1"),
    )
    request = Request(
        "POST", PATH + b"&signature=f00dfeed99", headers, b'{"password": "hunter2", "page": "1"}'
    )
    said = {
        "message": "6F1C9A27E0D4, 0a1b2c3d4e5f, f00dfeed99, 1357924680ab",
        "refreshToken": "abc",
        "next": "/x?api_key=abc&page=2",
        "status": "dark",
    }
    answered = Response(
        200,
        "OK 6f1c9a27e0d4",
        "HTTP/1.1",
        (("Set-Cookie", "new=1357924680ab; Path=/"), ("Location", "/next?code=77aa88bb&page=2")),
        json.dumps(said).encode(),
        9,
    )
    taken = Sanitizer(CONTRACT)(Exchange(1, request, answered, None, 0.0, 0.0))
    shown = repr(taken).lower()
    for secret in ("6f1c9a", "0a1b2c", "77aa88", "f00dfe", "hunter2", "135792", "abc"):
        assert secret not in shown, secret
    assert taken.response is not None
    assert json.loads(taken.response.body) == {
        "message": "***, ***, ***, ***",
        "refreshToken": "***",
        "next": "/x?api_key=***&page=2",
        "status": "dark",
    }
    assert taken.response.headers[1] == ("Location", "/next?code=***&page=2")


def test_what_looks_like_a_secret_in_a_query_is_hidden() -> None:
    taken = Sanitizer(CONTRACT)(exchange(TOKEN, target=PATH + b"&sessionToken=abc&x=1"))
    assert taken.request.target == PATH + b"&sessionToken=***&x=1"


@pytest.mark.parametrize(("login", "valid"), [("siti:kata-99887766", True), ("siti:other", False)])
def test_a_login_of_basic_is_known_as_it_is_sent(root: Path, login: str, valid: bool) -> None:
    contract = contracts.load(root / "tests" / "data" / "every_style.yaml")
    encoded = base64.b64encode(login.encode()).decode()
    sanitizer = Sanitizer(contract, ("siti:kata-99887766",))
    taken = sanitizer(exchange(f"Basic {encoded}", login, b"/basic"))
    assert login not in repr(taken)
    assert encoded not in repr(taken)
    reading = RequestParser(contract, tokens=sanitizer.tokens).read(taken.request)
    assert reading is not None
    assert reading.has_valid_token is valid

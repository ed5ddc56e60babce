from __future__ import annotations

import html
import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruangkerja.conformance.http.exchange import Exchange, Failure, FailureKind, Request, Response
from ruangkerja.conformance.privacy.redaction import Redaction
from ruangkerja.conformance.records.credentials import near_misses
from ruangkerja.spec.secrets.masking import MASK

TOKEN = 'Tk-5f2c91/07"b+4e68'  # noqa: S105 - it opens nothing
REDACTION = Redaction([TOKEN])


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("token=s3cret-token!", f"token={MASK}!"),
        ("cut off: s3cret-to", f"cut off: {MASK}"),
        ("cut off: s3cr", f"cut off: {MASK}"),
        ("cut off: s3c", "cut off: s3c"),
        ("nothing", "nothing"),
    ],
)
def test_the_beginning_of_a_token_is_masked_where_a_quotation_ends(text: str, masked: str) -> None:
    assert Redaction(["s3cret-token"]).quoted(text) == masked


def test_a_token_is_recognised_in_its_bytes_read_as_latin_1() -> None:
    token = "tökèn-1234"  # noqa: S105 - it opens nothing
    read = token.encode().decode("latin-1")
    assert Redaction([token]).text(f"{token} {read}") == f"{MASK} {MASK}"


def test_a_token_longer_than_any_stack_is_deep_is_found() -> None:
    token = "eyJ" + "a1B2" * 2000
    assert Redaction([token]).text(f"x{token[:5000]} y") == f"x{MASK} y"


def test_a_short_token_is_found_as_it_is() -> None:
    assert Redaction(["tok-1"]).text("Tok-1 is not valid: tok-1") == f"Tok-1 is not valid: {MASK}"


def test_a_short_word_is_masked_where_it_is_the_credential_and_nowhere_else() -> None:
    request = Request("GET", b"/user?page=1", (("Authorization", "Bearer user"), ("X", "users")))
    response = Response(200, "OK", "HTTP/1.1", (), b'{"user": "user"}', 16)
    shown = Redaction(["user"]).exchange(Exchange(1, request, response, None, 0.0, 0.0))
    assert shown.request.headers == (("Authorization", f"Bearer {MASK}"), ("X", "users"))
    assert shown.request.target == b"/user?page=1"
    assert shown.response == response


@pytest.mark.parametrize("token", [TOKEN, "dXNlcjpwYXNzd29yZA==", "a,b;c&d=e1", "Aa"])
@pytest.mark.parametrize("written", ["{}", "Bearer {}", "session={}", "session={}; other=1"])
def test_a_credential_and_what_is_almost_one_are_told_apart_wherever_they_stand(
    token: str, written: str
) -> None:
    redaction = Redaction([token])
    for value, mask in [(token, MASK), *((n, f"{MASK} ({how})") for n, how in near_misses(token))]:
        request = Request("GET", b"/", (("Authorization", written.format(value)),))
        assert redaction.request(request).headers[0][1] == written.format(mask)


@pytest.mark.parametrize("token", [TOKEN, "a,b;c&d=e1"])
def test_a_credential_in_a_query_is_told_from_what_is_almost_one(token: str) -> None:
    for value, mask in [(token, MASK), *((n, f"{MASK} ({how})") for n, how in near_misses(token))]:
        target = f"/x?page=1&key={quote(value, safe='')}&size=1"
        shown = Redaction([token]).request(Request("GET", target.encode())).target
        assert shown == f"/x?page=1&key={mask}&size=1".encode()


def test_a_word_of_a_token_is_left_where_it_is_a_word_of_something_else() -> None:
    redaction = Redaction(["access_token"])
    assert redaction.text("lastAccessMission") == "lastAccessMission"
    assert redaction.text("the token is Access_Toke") == f"the token is {MASK}"


def test_without_a_token_nothing_changes() -> None:
    assert Redaction([""]).text("anything") == "anything"


@given(st.text(), st.text(alphabet="0123456789abcdefXYZ.-_~", min_size=8))
def test_no_text_keeps_a_token(text: str, token: str) -> None:
    assert token.lower() not in Redaction([token]).text(f"{text}{token}{text}").lower()


@given(st.binary())
def test_bytes_of_any_encoding_stay_what_they_are(data: bytes) -> None:
    assert REDACTION.data(data) == data


def test_an_exchange_has_no_token_in_any_part_of_it() -> None:
    request = Request("GET", f"/x?t={quote(TOKEN, safe='')}".encode(), (("Authorization", TOKEN),))
    response = Response(
        403,
        f"No {TOKEN}",
        "HTTP/1.1",
        (("X-Echo", TOKEN.upper()),),
        json.dumps({"message": TOKEN}).encode(),
        10,
    )
    answered = Exchange(1, request, response, None, 0.0, 0.0)
    failed = Exchange(2, request, None, Failure(FailureKind.MALFORMED, TOKEN), 0.0, 0.0)
    for exchange in (answered, failed):
        shown = str(REDACTION.exchange(exchange))
        assert "5f2c91" not in shown
        assert MASK in shown


def test_a_token_that_is_nearly_right_says_what_is_wrong_with_it() -> None:
    request = Request("GET", b"/", (("Authorization", TOKEN[:-1]),))
    shown = REDACTION.exchange(Exchange(1, request, None, Failure(FailureKind.TLS, ""), 0.0, 0.0))
    assert shown.request.headers == (("Authorization", f"{MASK} (the token without its end)"),)


WAYS = [
    lambda c: c,
    lambda c: f"%{ord(c):02x}",
    lambda c: f"\\u{ord(c):04X}",
    lambda c: f"&#{ord(c)};",
    lambda c: f"&#x{ord(c):X};",
    lambda c: html.escape(c).replace("&#x27;", "'"),
]


@given(st.lists(st.sampled_from(WAYS), min_size=len(TOKEN), max_size=len(TOKEN)))
def test_every_character_may_be_written_in_another_way(ways: list[Any]) -> None:
    said = "".join(way(character) for way, character in zip(ways, TOKEN, strict=True))
    assert REDACTION.text(f'"{said}"') == f'"{MASK}"'

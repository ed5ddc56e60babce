"""Credentials: what is written is read again, and nothing else is."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ruangkerja.spec import credentials
from ruangkerja.spec.model.schemes import SecurityScheme, fit_together

KEYS = [("apiKey", place, "X-Key", "") for place in ("header", "query", "cookie")]
WORDS = [("http", "header", "", word) for word in ("basic", "bearer", "digest")]
OTHERS = [("oauth2", "header", "", ""), ("openIdConnect", "header", "", "")]
visible = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=20)


def scheme(kind: str, location: str, name: str, word: str) -> SecurityScheme:
    return SecurityScheme("S", kind, location, name, word, None, {})


def sent(own: SecurityScheme, raw: str) -> list[str]:
    """What a request carries with a raw value, and with others around it."""
    if own.place == "query":
        return credentials.read(own, [("X-Key", "other")], f"a=1&{own.name}={raw}&b")
    if own.place == "cookie":
        return credentials.read(own, [("Cookie", f"a=1; {own.name}={raw}; b=2")], "X-Key=other")
    return credentials.read(own, [("Accept", "*/*"), (own.header.lower(), raw)], "X-Key=other")


@pytest.mark.parametrize("form", [*KEYS, *WORDS, *OTHERS])
@settings(max_examples=30)
@given(secret=visible)
def test_a_secret_that_is_written_is_read_again(
    form: tuple[str, str, str, str], secret: str
) -> None:
    own = scheme(*form)
    if own.place == "cookie":
        secret = secret.replace(";", "")
    if own.is_basic and secret.endswith(":"):
        secret = f"{secret}password"
    raw = credentials.write(own, secret)
    assert sent(own, raw) == [secret]


@pytest.mark.parametrize(
    ("word", "raw", "secret"),
    [
        ("basic", "Basic dXNlcjpwYXNz", "user:pass"),
        ("basic", "basic  dXNlcjpwYXNz ", "user:pass"),
        ("basic", "Basic dXNlcjo=", "user"),
        ("basic", "Basic dXNlcg==", "user"),
        ("basic", "Basic user:pass", ""),
        ("basic", "Basic", ""),
        ("basic", "Bearer dXNlcjpwYXNz", "Bearer dXNlcjpwYXNz"),
        ("basic", "Basic $RUANGKERJA_TOKEN", "$RUANGKERJA_TOKEN"),
        ("bearer", "bearer abc", "abc"),
        ("bearer", "abc", ""),
        ("bearer", "Token abc", "Token abc"),
        ("token", "Token abc", "abc"),
    ],
)
def test_the_header_authorization_is_read_by_its_word(word: str, raw: str, secret: str) -> None:
    assert sent(scheme("http", "header", "", word), raw) == [secret]


def test_a_password_may_have_any_letters() -> None:
    own = scheme("http", "header", "", "basic")
    raw = credentials.write(own, "siti:kata sandi é: 密")
    assert base64.b64decode(raw.removeprefix("Basic ")).decode() == "siti:kata sandi é: 密"
    assert sent(own, raw) == ["siti:kata sandi é: 密"]


def test_a_request_carries_nothing_for_a_scheme_of_another_place() -> None:
    for form in (*KEYS, *WORDS):
        assert credentials.read(scheme(*form), [("Accept", "*/*")], "a=1") == []


@pytest.mark.parametrize(
    ("forms", "fit"),
    [
        ([KEYS[0], WORDS[0]], True),
        ([WORDS[1], OTHERS[0]], True),
        ([WORDS[0], WORDS[1]], False),
        ([KEYS[0], KEYS[1], KEYS[2]], True),
        ([("apiKey", "header", "authorization", ""), WORDS[1]], False),
        ([], True),
    ],
)
def test_a_header_carries_one_credential(forms: list[tuple[str, str, str, str]], fit: bool) -> None:
    assert fit_together([scheme(*form) for form in forms]) is fit

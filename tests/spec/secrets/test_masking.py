from __future__ import annotations

import time

import pytest

from ruangkerja.spec.secrets.masking import is_secret, without_named_secrets, without_secrets

SECRET = [
    "Authorization",
    "Proxy-Authorization",
    "Cookie",
    "set-cookie",
    "X-API-Key",
    "api_key",
    "sessionToken",
    "client_secret",
    "password",
    "X-CSRF-Token",
    "X-Amz-Signature",
    "key",
    "x-auth",
    "PHPSESSID",
    "ticket",
]
OTHERS = [
    "page",
    "pageSize",
    "Accept",
    "Content-Type",
    "WWW-Authenticate",
    "author",
    "keyword",
    "sort",
    "design",
    "barcode",
    "ETag",
    "compass",
    "Access-Control-Allow-Credentials",
]


@pytest.mark.parametrize("name", SECRET)
def test_names_of_secrets_are_known_in_any_case(name: str) -> None:
    assert is_secret(name)
    assert is_secret(name.upper())


@pytest.mark.parametrize("name", OTHERS)
def test_other_names_are_no_secrets(name: str) -> None:
    assert not is_secret(name)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ""),
        ("page=2&size=", "page=2&size="),
        ("sessionToken=abc&page=2", "sessionToken=***&page=2"),
        ("session%54oken=abc&token&token=", "session%54oken=***&token&token="),
        ("code=7&api_key=abc&api_key=abd", "code=7&api_key=$MASK&api_key=$MASK"),
    ],
)
def test_values_of_secrets_are_replaced_and_those_that_the_contract_shows_are_not(
    query: str, shown: str
) -> None:
    assert without_secrets(query, {"code": None, "api_key": "$MASK"}) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"password": "a\\"b", "page": "1"}', '{"password": "***", "page": "1"}'),
        ('{"pin" : -1234.5}', '{"pin" : -9999.5}'),
        ('{"token": null, "key": ["a"]}', None),
        (
            '{"code": "E1", "log": "{\\"secret\\": \\"x\\"}"}',
            '{"code": "E1", "log": "{\\"secret\\": \\"***\\"}"}',
        ),
        ('<a href="/x?token=a&amp;code=b&amp;page=1">', None),
        ("/x?page=1&access_token=a#b", "/x?page=1&access_token=***#b"),
        (
            "GET / HTTP/1.1\r\nCookie: a=b\r\nAccept: */*",
            "GET / HTTP/1.1\r\nCookie: ***\r\nAccept: */*",
        ),
        ("rpc error: code = PermissionDenied desc = Token is not valid", None),
    ],
)
def test_the_secrets_of_members_addresses_and_headers_are_replaced(
    text: str, shown: str | None
) -> None:
    wanted = shown or text.replace("token=a", "token=***")
    assert without_named_secrets(text, {"code"}) == wanted
    assert without_named_secrets(wanted, {"code"}) == wanted


def test_a_name_of_any_length_is_judged_in_time() -> None:
    begun = time.thread_time()
    assert all(is_secret("x" * 60_000 + str(number)) for number in range(100))
    assert time.thread_time() - begun < 0.1

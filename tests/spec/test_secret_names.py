from __future__ import annotations

import pytest

from ruangkerja.spec.visible import is_secret

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
]


@pytest.mark.parametrize("name", SECRET)
def test_names_of_secrets_are_known_in_any_case(name: str) -> None:
    assert is_secret(name)
    assert is_secret(name.upper())


@pytest.mark.parametrize("name", OTHERS)
def test_other_names_are_no_secrets(name: str) -> None:
    assert not is_secret(name)

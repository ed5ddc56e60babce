from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruangkerja.conformance.privacy.masking import Masking

SECRETS = st.text(st.characters(exclude_characters="*"), min_size=1)


@given(st.text(), SECRETS, st.text())
def test_no_text_keeps_a_secret(before: str, secret: str, after: str) -> None:
    assert secret not in Masking([secret])(before + secret + after)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("token=s3cret-token!", "token=***!"),
        ("s3crets3cret-token", "***"),
        ("nothing", "nothing"),
        ("cut off: s3cret-to", "cut off: ***"),
        ("cut off: s3cr", "cut off: ***"),
        ("cut off: s3c", "cut off: s3c"),
    ],
)
def test_a_secret_is_masked_even_where_it_is_cut_off(text: str, masked: str) -> None:
    assert Masking(["s3cret-token", "s3crets3cret-token"])(text) == masked


def test_a_secret_is_recognised_in_its_bytes_read_as_latin_1() -> None:
    assert Masking(["tökèn"])("tökèn" + "tökèn".encode().decode("latin-1")) == "******"


def test_empty_secrets_mask_nothing() -> None:
    assert Masking(["", ""])("abc") == "abc"
    assert Masking([])("abc") == "abc"

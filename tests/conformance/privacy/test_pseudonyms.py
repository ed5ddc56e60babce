from __future__ import annotations

import time
import unicodedata

from hypothesis import assume, given
from hypothesis import strategies as st

from ruangkerja.conformance.privacy.pseudonyms import Pseudonyms

FAKES = Pseudonyms(b"a key")
TEXTS = st.text(max_size=40)


@given(TEXTS)
def test_a_fake_has_the_shape_of_what_it_stands_for(text: str) -> None:
    fake = FAKES.text(text)
    assert len(fake) == len(text)
    for before, after in zip(text, fake, strict=True):
        assert unicodedata.category(before) == unicodedata.category(after)
        assert before.isascii() == after.isascii()


@given(TEXTS, TEXTS)
def test_two_texts_have_two_fakes(one: str, other: str) -> None:
    assert (FAKES.text(one) == FAKES.text(other)) == (one == other)


def test_short_texts_never_share_a_fake() -> None:
    pairs = {FAKES.text(f"{letter}{digit}") for letter in "abcdefghij" for digit in range(10)}
    assert len(pairs) == 100
    assert {len(pair) for pair in pairs} == {2}


def test_a_key_makes_the_same_fakes_every_time_and_another_key_makes_others() -> None:
    assert FAKES.text("Siti Rahma") == Pseudonyms(b"a key").text("Siti Rahma")
    assert FAKES.text("Siti Rahma") != Pseudonyms(b"another key").text("Siti Rahma")


def test_long_texts_are_replaced_as_well() -> None:
    fake = FAKES.text("Siti " * 400)
    assert "Siti" not in fake
    assert fake.count(" ") == 400


def test_very_long_texts_are_replaced_in_time() -> None:
    begun = time.thread_time()
    assert FAKES.text("1" * 400_000).isdecimal()
    assert FAKES.text("1" * 400_000) != FAKES.text("1" * 399_999 + "2")[:400_000]
    assert time.thread_time() - begun < 3


def test_names_in_other_scripts_stay_in_them() -> None:
    fake = FAKES.text("Sárí Åsa 王小明 Юлия")
    assert all(unicodedata.name(c).startswith("CJK") for c in fake.split()[2])
    assert all(unicodedata.name(c).startswith("CYRILLIC") for c in fake.split()[3])


@given(st.integers())
def test_a_number_stays_a_number_of_as_many_digits(number: int) -> None:
    fake = FAKES.number(str(number))
    assert len(str(int(fake))) == len(str(number))
    assert (int(fake) == 0) == (number == 0)
    assert (int(fake) < 0) == (number < 0)


def test_numbers_keep_what_makes_them_special() -> None:
    assert FAKES.number("0") == "0"
    assert FAKES.number("NaN") == "NaN"
    assert FAKES.number("17.0").endswith(".0")
    assert FAKES.number("12e5").endswith("e5")
    assert FAKES.number("-3.25").startswith("-")


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_no_half_of_what_is_mixed_leads_back_to_a_half_of_what_went_in(
    left: int, other: int, right: int
) -> None:
    assume(left != other)
    one, two = (FAKES._feistel(each << 32 | right, 32, b"shape") for each in (left, other))
    assert right not in {one >> 32, one & 0xFFFFFFFF}
    for shift in (0, 32):
        assert (one ^ two) >> shift & 0xFFFFFFFF not in {0, left ^ other}

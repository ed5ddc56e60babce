"""The bytes that rows follow from are the same, whichever rows of a block are asked for."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ruangkerja.mock.data.codes import ROWS, CodeForm, Codes
from ruangkerja.mock.data.row_generator import Index, RowGenerator

FORMS = [
    CodeForm("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 16),
    CodeForm("0123456789", 9, "EMPLY"),
    CodeForm("0123456789", 3),
    CodeForm("ab", 13),
    CodeForm("0123456789abcdef", 19, '"\\'),
    CodeForm('"\\\n', 20),
    CodeForm("абвгдежз", 17, "№"),
    CodeForm("".join(map(chr, range(0x4E00, 0x4E00 + 400))), 4),
]


INDEX = Index(256, b"index")
CODES = [Codes(form, b"%d" % number) for number, form in enumerate(FORMS)]
SECRETS = st.binary(min_size=(_LONGEST := RowGenerator(CODES, INDEX).key_size), max_size=_LONGEST)
NUMBERS = st.integers(0, 1 << 40)


def read(code: bytes) -> str:
    """Return a code from its text in JSON."""
    return str(json.loads(b'"%b"' % code))


def split(
    columns: list[Codes], secret: bytes, number: int, first: int = 0, end: int = ROWS
) -> tuple[list[list[str]], bytes]:
    """Return the codes of each column, and the indexes."""
    generator = RowGenerator(columns, INDEX)
    codes, indexes = generator.split(secret[: generator.key_size], number, first, end)
    return [[*map(read, codes[at :: len(columns)])] for at in range(len(columns))], indexes


@pytest.mark.parametrize("codes", CODES, ids=range(len(CODES)))
@settings(max_examples=settings.default.max_examples // 4)  # each makes 2,048 codes
@given(SECRETS, NUMBERS, st.integers(1, 1 << 40))
def test_no_two_codes_are_the_same(codes: Codes, secret: bytes, number: int, far: int) -> None:
    blocks = codes.form.capacity // ROWS
    several = {number % blocks, (number + 1) % blocks, (number + far) % blocks}
    found = [code for each in several for code in split([codes], secret, each)[0][0]]
    assert len(set(found)) == len(several) * ROWS
    assert all(len(code) == codes.form.length for code in found)


@pytest.mark.parametrize("codes", CODES, ids=range(len(CODES)))
def test_codes_have_all_letters_of_their_alphabet_and_no_others(codes: Codes) -> None:
    (found,), _ = split([codes], bytes(1000), 0)
    assert set("".join(found)) == set(codes.form.letters)
    assert codes.form.prefix + found[7] == codes.text(7)


@pytest.mark.parametrize(
    "several", [CODES, CODES[:2], CODES[:3], CODES[1:6], CODES[4:], CODES[:1] * 9], ids=range(6)
)
@given(SECRETS, NUMBERS)
def test_a_column_does_not_depend_on_the_columns_beside_it(
    several: list[Codes], secret: bytes, number: int
) -> None:
    at, together = 0, split(several, secret * 2, number, 7, 9)
    for codes, found in zip(several, together[0], strict=True):
        alone = split([codes], (secret * 2)[at:], number, 7, 9)
        assert alone[0] == [found]
        at += codes.width


@given(SECRETS, NUMBERS, st.integers(0, ROWS - 1), st.integers(1, ROWS))
def test_a_part_of_a_block_is_shown_as_in_the_whole(
    secret: bytes, number: int, first: int, count: int
) -> None:
    end = min(first + count, ROWS)
    whole, indexes = split(CODES[:2], secret, number)
    part, some = split(CODES[:2], secret, number, first, end)
    assert some == indexes[first:end]
    assert part == [codes[first:end] for codes in whole]


@pytest.mark.parametrize("size", [1, 64, 256])
@given(st.binary(min_size=1, max_size=1), NUMBERS)
def test_items_of_a_block_take_all_rows_of_a_table(size: int, secret: bytes, number: int) -> None:
    codes, rows = RowGenerator([], Index(size, b"seed")).split(secret, number, 0, ROWS)
    assert codes == ()
    assert set(rows) == set(range(size))


@pytest.mark.parametrize("size", [64, 256])
def test_blocks_of_a_list_do_not_repeat_each_other(size: int) -> None:
    generator = RowGenerator([], Index(size, b"seed"))
    blocks = {generator.split(b"a", number, 0, ROWS)[1] for number in range(64)}
    assert len(blocks) == 64


@pytest.mark.parametrize(
    "columns", [CODES[:2], [Codes(CodeForm("01", 512), b"")] * 4], ids=range(2)
)
def test_what_is_kept_of_a_list_is_bounded_in_bytes(columns: list[Codes]) -> None:
    generator = RowGenerator(columns, INDEX)
    for end in range(1, 61):
        generator.split(bytes(generator.key_size), 0, end - 1, end)
    kept = generator._layout.cache_info()
    assert kept.currsize > 0
    assert (kept.maxsize or 0) * 2 * ROWS * generator.key_size <= 4 << 20

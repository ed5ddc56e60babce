"""The bytes that rows follow from are the same, whichever rows of a block are asked for."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ruangkerja.mock.data.codes import CodeForm, Codes
from ruangkerja.mock.data.row_generator import KEY, ROWS, Index, RowGenerator

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


@pytest.mark.parametrize("form", FORMS, ids=range(len(FORMS)))
@settings(max_examples=settings.default.max_examples // 4)  # each makes 2,048 codes
@given(st.binary(min_size=KEY.size, max_size=KEY.size), st.integers(0, 1 << 20))
def test_no_two_codes_are_the_same(form: CodeForm, secret: bytes, number: int) -> None:
    codes = Codes(form, b"seed")
    generator = RowGenerator([codes])
    found = []
    for block in (number, number + 1):
        if (block + 1) * ROWS <= form.capacity:
            (data,) = generator.split(secret, block, 0, ROWS)
            found += [json.loads(b'"%b"' % code) for code in codes.spelled(data, ROWS)]
    assert len(set(found)) == len(found)
    assert all(len(code) == form.length for code in found)
    assert set("".join(found)) <= set(form.alphabet)
    (data,) = generator.split(bytes(KEY.size), 0, 0, ROWS)
    first = json.loads(b'"%b"' % codes.spelled(data, ROWS)[7])
    assert codes.text(7) == form.prefix + first


@given(
    st.binary(min_size=3 * KEY.size, max_size=3 * KEY.size),
    st.integers(0, 1 << 40),
    st.integers(0, ROWS - 1),
    st.integers(1, ROWS),
)
def test_a_part_of_a_block_is_shown_as_in_the_whole(
    secrets: bytes, number: int, first: int, count: int
) -> None:
    columns = [Codes(FORMS[0], b"a"), Codes(FORMS[1], b"b"), Index(1024, b"c")]
    generator, end = RowGenerator(columns), min(first + count, ROWS)
    whole = generator.split(secrets, number, 0, ROWS)
    part = generator.split(secrets, number, first, end)
    assert part[2:] == whole[2:][first:end]
    for column, all_, some in zip(columns[:2], whole, part, strict=False):
        assert some == all_[first * column.width : end * column.width]


@given(
    st.binary(min_size=2 * KEY.size, max_size=2 * KEY.size),
    st.integers(0, 1 << 40),
    st.integers(0, ROWS - 1),
)
def test_the_bytes_of_a_row_follow_from_the_key_and_the_number_of_its_block(
    secrets: bytes, number: int, row: int
) -> None:
    codes, index = Codes(FORMS[1], b"a"), Index(512, b"b")
    code, place = RowGenerator([codes, index]).split(secrets, number, row, row + 1)
    (by, more, low), (by_index, more_index, _) = KEY.iter_unpack(secrets)
    shared = (number * (by | 1) + more) % 256 ** (codes.width - 1) * 256 + low
    own = codes.keystream[row * codes.width : (row + 1) * codes.width]
    assert int.from_bytes(code, "big") == shared ^ int.from_bytes(own, "big")
    own = index.keystream[row * index.width : (row + 1) * index.width]
    shared = (number * (by_index | 1) + more_index) % index.size
    assert place == shared ^ int.from_bytes(own, "big")


@pytest.mark.parametrize("size", [1, 64, 512, 65536])
@given(st.binary(min_size=KEY.size, max_size=KEY.size), st.integers(0, 1 << 40))
def test_items_of_a_block_take_different_rows_of_a_table(
    size: int, secret: bytes, number: int
) -> None:
    index = Index(size, b"seed")
    rows = RowGenerator([index]).split(secret, number, 0, ROWS)
    assert all(0 <= row < size for row in rows)
    assert len(set(rows)) == min(size, ROWS)

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruangkerja.conformance.records.strict_json import DEEPEST, Document, ProblemKind, read
from ruangkerja.spec.visible import encodable

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.booleans())
def test_json_is_read_without_a_problem(value: object, escaped: bool) -> None:
    body = json.dumps(value, ensure_ascii=escaped).encode()

    if not (isinstance(value, str) and value.strip().startswith(("{", "["))):
        assert read(body) == Document(value, readable=True)


@given(VALUES, st.booleans())
def test_compact_json_is_read_as_any_other_is(value: object, escaped: bool) -> None:
    text = json.dumps(value, ensure_ascii=escaped, separators=(",", ":"))

    assert repr(read(text.encode())) == repr(read(f" {text}".encode()))


@pytest.mark.parametrize(
    "text",
    [
        *('{"a":1,"a":1}', '{"a":1,"a":{"a":1}}', "2.0", "-0", "-0.0", "1e5", "1e400", "[1.50]"),
        *("1" * 308, "9" * 309, "9" * 5_000, '"\\ud800"', '"\\u00e9"', '"\\/"', "NaN", "[1,]", ""),
        *('{"a":"{\\"a\\":1}"}', '"{}"', "[" * 201 + "]" * 201, '"\x7f"', '"\u2028"', "0.1e-400"),
        *("9007199254740993.0", "9007199254740993", "18446744073709551616", "123456789012345678.5"),
    ],
)
def test_what_is_odd_is_noticed_in_compact_json_as_well(text: str) -> None:
    def told(body: str) -> str:
        document = read(body.encode())
        return repr(replace(document, problem=document.problem and document.problem[:30], near=""))

    assert told(text) == told(f" {text}")


@given(st.binary())
def test_whatever_the_bytes_are_nothing_is_raised(body: bytes) -> None:
    document = read(body)

    assert document.readable or (document.value is None and document.problem)
    assert (document.problem is None) == (document.problem_kind is None)


@given(st.text(alphabet='[]{}",:\\ntru1eE.+-0aNI\ud800 \n/~\ufeff\u0663'))
def test_whatever_looks_like_json_nothing_is_raised(text: str) -> None:
    document = read(text.encode("utf-8", "surrogatepass"))

    if document.problem:
        document.problem.encode()
    assert document.readable or document.problem


@pytest.mark.parametrize(
    "text",
    [
        "'a'",
        "{'a': 1}",
        "{a: 1}",
        '{"a": 1,}',
        "[1,]",
        "[1 2]",
        "[",
        '"',
        '"\t"',
        '"\n"',
        '"\\x"',
        '"\\u12"',
        '"\\u 123"',
        '"\\u+123"',
        "01",
        "-",
        "+1",
        "1.",
        ".5",
        "1e",
        "0x10",
        "1_000",
        "٣",
        "True",
        "nul",
        "nan",
        "// a\n1",
        "1 2",
        "1\x00",
        "\x0c1",
        "\u00a01",
        "{}]",
        "undefined",
    ],
)
def test_what_is_not_json_has_no_value_and_a_place(text: str) -> None:
    document = read(text.encode())

    assert (document.value, document.readable) == (None, False)
    assert document.problem_kind is ProblemKind.NOT_JSON
    assert document.problem is not None
    assert document.problem.startswith("The body is not JSON: ")
    assert "(line " in document.problem


def test_the_place_of_a_mistake_counts_from_one() -> None:
    assert "(line 2, column 4)" in str(read(b"[1,\n 2 3]").problem)


def test_a_page_of_html_is_called_by_its_name() -> None:
    assert "it begins with '<', as HTML does" in str(read(b"\n<!DOCTYPE html>").problem)


@pytest.mark.parametrize("body", [b"", b" \r\n\t"])
def test_an_empty_body_is_told_apart(body: bytes) -> None:
    assert read(body) == Document(problem="The body is empty.", problem_kind=ProblemKind.EMPTY)


@pytest.mark.parametrize(
    ("body", "byte"),
    [
        (b'"\xe9"', 2),
        (b'"\xed\xa0\x80"', 2),
        (b'"\xc0\xaf"', 2),
        ("{}".encode("utf-16"), 1),
        (b'\xef\xbb\xbf"\xff"', 5),
    ],
)
def test_what_is_not_utf_8_has_its_byte_named(body: bytes, byte: int) -> None:
    document = read(body)

    assert (document.readable, document.problem_kind) == (False, ProblemKind.NOT_UTF8)
    assert document.problem == f"The body is not UTF-8: byte {byte} cannot be read."


def test_utf_16_without_a_mark_is_no_json() -> None:
    assert read("{}".encode("utf-16-be")).problem_kind is ProblemKind.NOT_JSON


def test_behind_a_byte_order_mark_the_value_is_read() -> None:
    assert read(b'\xef\xbb\xbf{"a": 1}') == Document(
        {"a": 1},
        readable=True,
        problem="The body begins with a byte order mark (U+FEFF).",
        problem_kind=ProblemKind.BOM,
    )


def test_only_the_first_byte_order_mark_is_overlooked() -> None:
    assert read(b"\xef\xbb\xbf\xef\xbb\xbf1").problem_kind is ProblemKind.NOT_JSON


def test_constants_are_floats_and_named_with_their_places() -> None:
    document = read(b'{"a": [1, NaN], "b/c": -Infinity, "d": Infinity, "e": 1e999}')

    assert document.readable
    value: Any = document.value
    assert math.isnan(value["a"][1])
    assert value["b/c"] == -math.inf
    assert document.problem_kind is ProblemKind.CONSTANT
    assert document.problem == (
        "The body has values that are not JSON: NaN at /a/1, -Infinity at /b~1c, Infinity at /d. "
        "The body has numbers beyond the range of a double: 1e999 at /e."
    )


def test_a_constant_may_be_the_whole_body() -> None:
    assert str(read(b"NaN").problem).endswith("NaN at the top.")


def test_a_constant_behind_a_repeated_name_is_noticed() -> None:
    document = read(b'{"a": NaN, "a": 1}')

    assert document.value == {"a": 1}
    assert document.problem_kind is ProblemKind.CONSTANT


@pytest.mark.parametrize(
    ("inner", "kind"), [('{"a": [1]}', "object"), (' ["a"]', "array"), ("[]", "array")]
)
def test_what_is_encoded_twice_is_read_twice(inner: str, kind: str) -> None:
    document = read(json.dumps(inner).encode())

    assert (document.value, document.readable) == (json.loads(inner), True)
    assert document.problem_kind is ProblemKind.TWICE_ENCODED
    assert document.problem is not None
    assert f"one string that contains the {kind} as JSON" in document.problem


@pytest.mark.parametrize("text", ["1", "null", "a", '"{}"', "{", "[1,]", "{\ud800}"])
def test_a_string_that_holds_no_object_or_array_is_a_string(text: str) -> None:
    document = read(json.dumps(text).encode())
    assert (document.value, document.readable, document.problem) == (text, True, None)


def test_several_problems_are_all_told_and_the_outermost_is_the_kind() -> None:
    document = read(b'\xef\xbb\xbf"[NaN]"')

    assert document.problem_kind is ProblemKind.BOM
    assert document.problem == (
        "The body begins with a byte order mark (U+FEFF). "
        "The body is one string that contains the array as JSON: it was encoded twice. "
        "The body has values that are not JSON: NaN at /0."
    )


def test_repeated_members_are_pointed_at_and_no_problem() -> None:
    document = read(
        b'{"a": [{"x": 1, "y/~": 2, "x": 3, "y/~": 4, "z": 5}], "a": [{"x": 1, "x": 2}]}'
    )

    assert document == Document({"a": [{"x": 2}]}, readable=True, repeated=("/a", "/a/0/x"))


def test_a_member_named_three_times_is_pointed_at_once() -> None:
    assert read(b'[[], {"": 1, "": 2, "": 3, "~/": 0, "~/": 1}]').repeated == ("/1/", "/1/~0~1")


def test_members_named_twice_are_pointed_at_in_the_order_of_the_text() -> None:
    document = read(b'{"b": {"k": 1, "k": 1}, "a": {"k": 1, "k": 1}, "k": 1, "k": 1}')

    assert document.repeated == ("/k", "/b/k", "/a/k")


def test_escapes_do_not_hide_that_a_name_is_repeated() -> None:
    assert read(b'{"a": 1, "\\u0061": 2}').repeated == ("/a",)


def test_no_more_repeats_are_listed_than_anybody_reads() -> None:
    name = "n" * 5000
    document = read(b"[" + b",".join([f'{{"{name}":1,"{name}":2}}'.encode()] * 50) + b"]")

    assert len(document.repeated) == 20
    assert max(map(len, document.repeated)) < 250


def nested(levels: int) -> bytes:
    """Write arrays and objects in turn, so many within each other, with brackets in the names."""
    pairs = levels // 2
    return (b'[{"]":' * pairs) + b"1" + (b"}]" * pairs)


def test_what_is_as_deep_as_allowed_is_read() -> None:
    assert read(nested(DEEPEST)).readable


@pytest.mark.parametrize(
    "body",
    [b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), nested(1_000_000), b"[" * 1_000_000],
    ids=["one level deeper", "very deep", "never closed"],
)
def test_what_is_deeper_is_not_read(body: bytes) -> None:
    assert read(body) == Document(
        problem="The body has arrays and objects nested deeper than 200 levels.",
        problem_kind=ProblemKind.TOO_DEEP,
    )


@pytest.mark.parametrize(
    "text",
    [
        '["[[[["]',
        r'["\"[[[["]',
        r'["\\", "[[[["]',
        r'["\\\"[[[[\\"]',
        r'["\n[[[[\n", "\u0022[[[["]',
        '["", "[[[[", ""]',
    ],
)
def test_brackets_in_strings_do_not_nest(text: str) -> None:
    body = text.replace("[[[[", "[" * 1000 + "{" * 1000).encode()

    assert read(body).value == json.loads(body)


def test_a_deep_string_in_a_string_stays_a_string() -> None:
    text = "[" * 1000 + "]" * 1000

    assert read(json.dumps(text).encode()) == Document(text, readable=True)


@pytest.mark.parametrize("sign", ["", "-"])
def test_integers_are_exact_within_the_range_of_a_double(sign: str) -> None:
    exact = read(f"{sign}1{'0' * 307}1".encode())
    assert (exact.value, exact.problem) == (int(f"{sign}{10**308 + 1}"), None)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1e999", "1e999"),
        ("-1e999", "-1e999"),
        ("1" + "0" * 309, "1000000000…0000000000 (310 digits)"),
        ("9" * 5000, "9999999999…9999999999 (5,000 digits)"),
    ],
)
def test_a_number_beyond_the_range_of_a_double_is_a_problem_and_shown(
    text: str, shown: str
) -> None:
    document = read(f'{{"a": [1, {text}]}}'.encode())
    assert document.value == {"a": [1, -math.inf if text.startswith("-") else math.inf]}
    assert (document.readable, document.is_finite) == (True, False)
    assert document.problem_kind is ProblemKind.TOO_LARGE
    assert str(document.problem).endswith(f" beyond the range of a double: {shown} at /a/1.")


def test_a_million_digits_are_read_in_no_time() -> None:
    assert read(b"1" * 1_000_000).value == math.inf
    assert read(b"0." + b"3" * 1_000_000).value == pytest.approx(1 / 3)
    assert read(b"1e-1" + b"0" * 1_000_000).value == 0


def test_lone_surrogates_are_kept_and_can_be_printed() -> None:
    document = read(rb'{"a\ud800": 1, "a\ud800": "\udfff", "\ud83d\ude00": NaN}')

    value: Any = document.value
    assert value["a\ud800"] == "\udfff"
    assert document.repeated == (r"/a\ud800",)
    assert encodable(value["a\ud800"]) == r"\udfff"
    assert "NaN at /😀" in str(document.problem)


@pytest.mark.parametrize(
    ("body", "places"),
    [
        (rb'{"a": ["\ud83d\ude00", "x\uD83D", "\ude00y"]}', ("/a/1", "/a/2")),
        (rb'{"a\udc00": "fine", "b": {"c": "\ude00\ud83d"}}', (r"/a\udc00", "/b/c")),
        (rb'{"a": "\\ud83d"}', ()),
        ('{"a": "\U0001f600 \u00e9"}'.encode(), ()),
        (rb'"\ud800"', ("",)),
        (rb"[" + rb",".join([rb'"\ud800"'] * 30) + rb"]", tuple(f"/{n}" for n in range(20))),
    ],
)
def test_lone_surrogates_are_found_with_their_places(body: bytes, places: tuple[str, ...]) -> None:
    document = read(body)
    assert document.surrogates == places
    assert document.problem is None


def test_null_is_a_value() -> None:
    assert read(b"null") == Document(None, readable=True)


@pytest.mark.parametrize(
    ("text", "value"),
    [("-0", 0), ("2.0", 2), ("1E2", 100), ("-1e-999", 0), ("62.5", 62.5), ("1e300", 1e300)],
)
def test_a_whole_number_is_an_integer_however_it_is_written(text: str, value: float) -> None:
    found = read(text.encode()).value
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "place", "near"),
    [
        ('{"data": {"items": [{"a": 1}, {"a": 12,}]}}', ("data", "items", "1"), '"a": 12,}]}}'),
        ('{"data": {"items": [{"a": 1}, {"a": }]}}', ("data", "items", "1", "a"), '"a": }]}}'),
        ("[[1, 2], [3 4]]", ("1", "0"), "[3 4]]"),
        ('{"a, [b": 1, "c": x}', ("c",), '"c": x}'),
        ("<html>", (), "<html>"),
        ("1 2", (), "1 2"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_stands_around_it(
    text: str, place: tuple[str, ...], near: str
) -> None:
    document = read(text.encode())
    assert document.place == place
    assert document.near.endswith(near)


def test_a_byte_that_is_not_utf8_has_a_place() -> None:
    document = read(b'{"data": [1, {"name": "Bud\xe9 Utama"}]}')
    assert document.place == ("data", "1", "name")
    assert "Bud\ufffd Utama" in document.near

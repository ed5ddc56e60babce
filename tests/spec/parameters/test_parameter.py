"""Parameters: read strictly, and told apart by how they are wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruangkerja.spec.contract import load
from ruangkerja.spec.parameters import ParameterFault, UnwritableError, explain
from ruangkerja.spec.parameters.received import received_of

if TYPE_CHECKING:
    from ruangkerja.spec.contract import Contract
    from ruangkerja.spec.parameters import Parameter

    from ..conftest import ReadContract

PAGE = load().operations[0].parameter("page")
SIZE = load().operations[0].parameter("pageSize")

# Texts that are numbers to somebody: digits of all scripts, signs, blanks, points and letters.
numberish = st.text(st.sampled_from("0123456789+-_. \t\n,eExX\u0663\u06f4\uff15"), max_size=8)


@given(st.text() | numberish | st.integers().map(str))
def test_an_integer_that_is_accepted_is_the_one_that_is_written(text: str) -> None:
    reading = PAGE.read([text])
    if reading.fault is None:
        assert reading.value == int(text)
        assert str(reading.value) == text
        assert text.isascii()
    else:
        assert reading.fault is not ParameterFault.MISSING


@given(st.integers())
def test_every_integer_is_accepted_within_its_bounds_and_nowhere_else(number: int) -> None:
    fault = SIZE.read([str(number)]).fault
    if number < 1:
        assert fault is ParameterFault.BELOW
    elif number > 100:
        assert fault is ParameterFault.ABOVE
    else:
        assert fault is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("1", None),
        ("100", None),
        ("0", ParameterFault.BELOW),
        ("-1", ParameterFault.BELOW),
        ("101", ParameterFault.ABOVE),
        ("4294967296", ParameterFault.ABOVE),
        ("18446744073709551617", ParameterFault.ABOVE),
        ("9" * 100_000, ParameterFault.ABOVE),
        ("-" + "9" * 100_000, ParameterFault.BELOW),
        ("+1", ParameterFault.AMBIGUOUS),
        ("01", ParameterFault.AMBIGUOUS),
        ("-0", ParameterFault.AMBIGUOUS),
        (" 1", ParameterFault.LENIENT),
        ("1\t", ParameterFault.LENIENT),
        ("1\n", ParameterFault.LENIENT),
        ("1_0", ParameterFault.LENIENT),
        ("0x1", ParameterFault.LENIENT),
        ("0b1", ParameterFault.LENIENT),
        ("\u0663", ParameterFault.LENIENT),
        ("\uff11", ParameterFault.LENIENT),
        ("1__0", ParameterFault.MALFORMED),
        ("0x", ParameterFault.MALFORMED),
        ("\u00b2", ParameterFault.MALFORMED),
        ("", ParameterFault.MALFORMED),
        ("-", ParameterFault.MALFORMED),
        ("ten", ParameterFault.MALFORMED),
        ("1.0", ParameterFault.MALFORMED),
        ("1e1", ParameterFault.MALFORMED),
        ("10abc", ParameterFault.MALFORMED),
        ("1\x00", ParameterFault.MALFORMED),
        ("\ud800", ParameterFault.MALFORMED),
    ],
)
def test_each_way_of_being_wrong_has_a_name(text: str, fault: ParameterFault | None) -> None:
    assert SIZE.read([text]).fault is fault


@pytest.mark.parametrize("number", [2**31, 2**63, 2**64, 10**300])
def test_a_page_beyond_every_machine_number_is_still_itself(number: int) -> None:
    assert PAGE.read([str(number)]).value == number


def test_a_number_longer_than_any_is_refused_rather_than_read_as_another() -> None:
    reading = PAGE.read(["1" * 5000])
    assert reading.value is None
    assert explain(PAGE, reading).endswith(
        "allowed is an integer, at least 1, of at most 308 digits"
    )


def test_a_parameter_that_is_required_is_missing_when_it_is_not_there() -> None:
    reading = PAGE.read([])
    assert reading.fault is ParameterFault.MISSING
    assert explain(PAGE, reading) == (
        "query parameter page is missing; allowed is an integer, at least 1"
    )


def test_a_parameter_that_stands_twice_is_ambiguous_even_where_it_agrees() -> None:
    reading = SIZE.read(["10", "10"])
    assert reading.fault is ParameterFault.AMBIGUOUS
    assert '"10 and 10"' in explain(SIZE, reading)


def test_what_is_wrong_is_told_with_what_is_allowed() -> None:
    assert explain(SIZE, SIZE.read(["101"])) == (
        'query parameter pageSize is "101"; allowed is an integer, at least 1, at most 100'
    )


@given(st.lists(st.text(max_size=200), max_size=3))
def test_an_explanation_is_one_short_line_whatever_was_sent(texts: list[str]) -> None:
    message = explain(SIZE, SIZE.read(texts))
    assert message.isprintable()
    assert len(message) < 250


def test_bounds_are_those_of_the_contract(contract: Contract) -> None:
    size = contract.operations[0].parameter("pageSize")
    assert (size.minimum, size.maximum) == (1, 100)
    assert contract.operations[0].parameter("page").maximum is None


QUERY = "        - {name: q, in: query, schema: SCHEMA}\n      responses:"


def parameter(small: str, read_contract: ReadContract, schema: str, more: str = "") -> Parameter:
    """A parameter of a small contract, with this schema."""
    text = small.replace("      responses:", QUERY.replace("SCHEMA}", f"{schema}{more}}}"))
    return read_contract(text).operations[0].parameter("q")


def test_a_value_that_may_be_null_is_read_as_the_others_are(
    small: str, read_contract: ReadContract
) -> None:
    text = small.replace("openapi: 3.0.3", "openapi: 3.1.0")
    found = parameter(text, read_contract, "{anyOf: [{enum: [1, 2]}, {type: 'null'}]}")
    assert found.read(["2"]).value == 2
    assert found.read(["3"]).fault is not None


@pytest.mark.parametrize(
    ("schema", "bounds"),
    [
        ("{type: integer, minimum: 1, exclusiveMinimum: true}", (2, None)),
        ("{type: integer, maximum: 9, exclusiveMaximum: true}", (None, 8)),
        ("{type: integer, minimum: 0.5, maximum: 9.5}", (1, 9)),
        ("{type: integer, minimum: 0.5, exclusiveMinimum: true}", (1, None)),
        ("{type: integer, maximum: 9.5, exclusiveMaximum: true}", (None, 9)),
        ("{type: integer, minimum: -0.5, maximum: -0.5}", (0, -1)),
    ],
)
def test_bounds_are_the_outermost_integers_that_are_allowed(
    schema: str, bounds: tuple[int | None, int | None], small: str, read_contract: ReadContract
) -> None:
    found = parameter(small, read_contract, schema)
    assert (found.minimum, found.maximum) == bounds


@pytest.mark.parametrize(
    ("schema", "text", "value", "fault"),
    [
        ("{type: number}", "1.5e3", 1500.0, None),
        ("{type: number}", "1e999", None, ParameterFault.ABOVE),
        ("{type: number}", "-1e999", None, ParameterFault.BELOW),
        ("{type: number}", "nan", None, ParameterFault.MALFORMED),
        ("{type: number}", "1_0.0", None, ParameterFault.MALFORMED),
        ("{type: boolean}", "true", True, None),
        ("{type: boolean}", "True", None, ParameterFault.MALFORMED),
        ("{type: string, enum: [a, b]}", "a", "a", None),
        ("{type: string, enum: [a, b]}", "c", "c", ParameterFault.OUTSIDE),
        ("{type: string, pattern: '^x'}", "y", "y", ParameterFault.OUTSIDE),
        ("{type: string}", "\ud800", "\ud800", ParameterFault.OUTSIDE),
        ("{type: integer, multipleOf: 5}", "7", 7, ParameterFault.OUTSIDE),
        ("{type: integer}", "-5", -5, None),
        ("{type: integer}", "-0", None, ParameterFault.AMBIGUOUS),
    ],
)
def test_each_type_has_one_way_to_be_written(
    schema: str,
    text: str,
    value: object,
    fault: ParameterFault | None,
    small: str,
    read_contract: ReadContract,
) -> None:
    reading = parameter(small, read_contract, schema).read([text])
    assert (reading.value, reading.fault) == (value, fault)


@pytest.mark.parametrize(
    ("more", "texts", "value", "fault"),
    [
        ("", ["1", "2"], [1, 2], None),
        ("", ["1", "x"], None, ParameterFault.MALFORMED),
        ("", ["1", "2", "3", "4"], [1, 2, 3, 4], ParameterFault.OUTSIDE),
        (", explode: false", ["1,2"], [1, 2], None),
        (", explode: false", ["1,2", "3"], None, ParameterFault.AMBIGUOUS),
    ],
)
def test_a_list_is_repeated_or_separated_by_commas(
    more: str,
    texts: list[str],
    value: object,
    fault: ParameterFault | None,
    small: str,
    read_contract: ReadContract,
) -> None:
    schema = "{type: array, maxItems: 3, items: {type: integer}}"
    reading = parameter(small, read_contract, schema, more).read(texts)
    assert (reading.value, reading.fault) == (value, fault)


def test_a_parameter_that_is_left_out_has_its_default(
    small: str, read_contract: ReadContract
) -> None:
    reading = parameter(small, read_contract, "{type: integer, default: 7}").read([])
    assert (reading.value, reading.fault) == (7, None)


def test_a_parameter_of_an_operation_is_written_and_read_by_its_style(
    small: str, read_contract: ReadContract
) -> None:
    more = (
        "        - {name: X-Ids, in: header, schema: {type: array, items: {type: integer}}}\n"
        "        - {name: Authorization, in: header, schema: {type: string}}\n"
        "        - name: range\n"
        "          in: query\n"
        "          schema: {type: object, additionalProperties: {type: integer}}\n"
        "        - name: where\n"
        "          in: query\n"
        "          content: {application/json: {schema: {type: object, required: [a]}}}\n"
    )
    text = small.replace("      responses:", f"{more}      responses:")
    identifier, ids, between, where = read_contract(text).operations[0].parameters
    for parameter, value in ((ids, [1, 2]), (between, {"gte": 1}), (where, {"a": [None]})):
        received = received_of(parameter.location, parameter.write(value))
        assert parameter.receive(received).value == value
    assert where.receive({"where": ["{}"]}).fault is ParameterFault.OUTSIDE
    assert where.receive({"where": ["{"]}).fault is ParameterFault.MALFORMED
    # the members of a free object are all pairs but those of other parameters
    assert between.receive({"where": ["{}"], "lte": ["7"]}).value == {"lte": 7}
    for segment in ("", ".", ".."):
        with pytest.raises(UnwritableError):
            identifier.write(segment)


def test_an_empty_value_counts_as_none_where_the_contract_allows_it(
    small: str, read_contract: ReadContract
) -> None:
    for allowed, fault in (("true", None), ("false", ParameterFault.MALFORMED)):
        more = f"{{name: flag, in: query, allowEmptyValue: {allowed}, schema: {{type: boolean}}}}"
        text = small.replace("      responses:", f"        - {more}\n      responses:")
        reading = read_contract(text).operations[0].parameter("flag").receive({"flag": [""]})
        assert (reading.value, reading.fault) == (None, fault)

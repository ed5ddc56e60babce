"""Bodies checked against schemas: OpenAPI's dialect, and violations at their places."""

from __future__ import annotations

import copy
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruangkerja.spec.contract import load
from ruangkerja.spec.documents.pointers import BrokenReferenceError, get, split
from ruangkerja.spec.laws.expressions import LawError
from ruangkerja.spec.schemas.schemas import Schemas
from ruangkerja.spec.schemas.writer import Direction

if TYPE_CHECKING:
    from ruangkerja.spec.schemas.validation import Schema

    from .conftest import SchemaOf

REQUEST = {"page": 1, "pageSize": 10}


def page_of_users() -> tuple[Schema, Any]:
    """The schema of a success, and the contract's example of one with users."""
    [operation] = load().operations
    assert operation.success is not None
    assert operation.success.json is not None
    assert operation.success.json.schema is not None
    return operation.success.json.schema, operation.success.json.examples["users"]


PAGE, USERS = page_of_users()
PLACES = sorted({place for place, _, _ in PAGE.walk(USERS)})


def changed(place: tuple[str, ...], value: Any) -> Any:
    """The example with another value at a place."""
    body = copy.deepcopy(USERS)
    if not place:
        return value
    parent = get(body, place[:-1])
    parent[int(place[-1]) if isinstance(parent, list) else place[-1]] = value
    return body


def wrong_for(value: Any) -> list[Any]:
    """Values whose type is never allowed where this one stands."""
    if isinstance(value, dict):
        return [None, "wrong", 5, ["wrong"], True]
    if isinstance(value, list):
        return [None, "wrong", 5, {"wrong": 5}, True]
    if isinstance(value, str):
        return [None, 5, 1.5, ["wrong"], {"wrong": 5}, False]
    return ["wrong", "", ["wrong"], {"wrong": 5}, True]  # null is a score too


def test_the_example_has_no_violation() -> None:
    assert PAGE.judge(USERS, REQUEST).violations == []
    assert PAGE.accepts(USERS, REQUEST)


@given(st.data())
def test_a_value_of_the_wrong_type_is_found_where_it_stands_and_nowhere_else(
    data: st.DataObject,
) -> None:
    place = data.draw(st.sampled_from(PLACES))
    body = changed(place, data.draw(st.sampled_from(wrong_for(get(USERS, place)))))
    violations = PAGE.judge(body, REQUEST).violations
    assert [violation.place for violation in violations] == [place]
    assert violations[0].requirement is not None
    assert not violations[0].law
    assert not PAGE.accepts(body, REQUEST)


@given(st.sampled_from([place for place in PLACES if place and not place[-1].isdecimal()]))
def test_a_member_that_is_missing_is_found_at_its_own_place(place: tuple[str, ...]) -> None:
    body = copy.deepcopy(USERS)
    del get(body, place[:-1])[place[-1]]
    [violation] = PAGE.judge(body, REQUEST).violations
    assert violation.place == place
    assert violation.actual == "nothing, the member is missing"
    assert violation.requirement is not None


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(PLACES), json_values)
def test_whatever_stands_anywhere_is_judged_and_only_there_or_by_a_law(
    place: tuple[str, ...], value: Any
) -> None:
    body = changed(place, value)
    judgement = PAGE.judge(body, REQUEST)
    for violation in judgement.violations:
        assert violation.law or violation.place[: len(place)] == place
        assert str(violation).isprintable()
        assert violation.requirement is None or judgement.judged[violation.requirement]
    assert PAGE.accepts(body, REQUEST) is (not judgement.violations)


@given(st.sampled_from(PLACES).filter(bool), st.text(), json_values)
def test_a_member_that_the_contract_does_not_list_is_allowed_anywhere(
    place: tuple[str, ...], name: str, value: Any
) -> None:
    element = get(USERS, place)
    if not isinstance(element, dict) or name in element:
        element, place = USERS, ()
    assert PAGE.judge(changed(place, {**element, f"x{name}": value}), REQUEST).violations == []


@pytest.mark.parametrize(
    ("place", "value", "requirement", "expected", "actual"),
    [
        ("/status", "error", "ENV-05", '"success"', '"error"'),
        ("/data/items", None, "ENV-07", "an array", "null"),
        ("/data/currentPage", -1, "ENV-07", "an integer, at least 0", "-1"),
        ("/data/items/0/user/serial", "", "ITEM-01", "a string that is not empty", '""'),
        ("/data/items/1/preTest", "100", "ITEM-02", "a number, or null", '"100"'),
        ("/data/items/1/postTest", True, "ITEM-03", "a number, or null", "true"),
        ("/data/items/1/timeSpent", 1.5, "ITEM-04", "an integer, at least 0", "1.5"),
        (
            "/data/items/1/lastAccessMission",
            "2022-02-30T00:00:00Z",
            "ITEM-05",
            "a date-time of RFC 3339 that exists, with an offset",
            '"2022-02-30T00:00:00Z"',
        ),
        (
            "/data/items/1/completedAt",
            None,
            "ITEM-06",
            '"" or a date YYYY-MM-DD',
            "null",
        ),
        (
            "/data/items/1/status",
            "passed",
            "ITEM-07",
            'one of "not_started", "completed", "expired", "failed", "in_progress"',
            '"passed"',
        ),
    ],
)
def test_a_violation_names_requirement_place_and_both_values(
    place: str, value: Any, requirement: str, expected: str, actual: str
) -> None:
    [violation] = PAGE.judge(changed(split(place), value), REQUEST).violations
    assert violation.requirement == requirement
    assert violation.pointer == place
    assert str(violation) == f"{place}: expected {expected}, got {actual}"


@pytest.mark.parametrize(
    ("changes", "requirement", "place"),
    [
        ({"/data/currentPage": 2}, "PAGE-01", "/data/currentPage"),
        ({"/data/totalPage": 2}, "PAGE-03", "/data/totalPage"),
        ({"/data/totalItems": 3}, "PAGE-04", "/data/items"),
        ({"/data/items/0/completedAt": "2022-07-22"}, "ITEM-08", "/data/items/0/completedAt"),
        ({"/data/items/1/status": "in_progress"}, "ITEM-09", "/data/items/1/completedAt"),
        ({"/data/items/1/completedAt": ""}, "ITEM-10", "/data/items/1/completedAt"),
        ({"/data/items/0/preTest": 5}, "ITEM-11", "/data/items/0/preTest"),
        (
            {"/data/items/1/status": "expired", "/data/items/1/completedAt": ""},
            "ITEM-12",
            "/data/items/1/postTest",
        ),
        ({"/data/items/1/preTest": 100.5}, "ITEM-13", "/data/items/1/preTest"),
        ({"/data/items/1/postTest": -1}, "ITEM-13", "/data/items/1/postTest"),
        ({"/data/items/0/timeSpent": 1}, "ITEM-14", "/data/items/0/timeSpent"),
    ],
)
def test_each_law_of_the_contract_finds_what_it_is_about_and_no_other_does(
    changes: dict[str, Any], requirement: str, place: str
) -> None:
    body = copy.deepcopy(USERS)
    for pointer, value in changes.items():
        *path, name = split(pointer)
        get(body, tuple(path))[name] = value
    [violation] = PAGE.judge(body, REQUEST).violations
    assert (violation.requirement, violation.pointer, violation.law) == (requirement, place, True)


def test_a_page_that_is_too_full_breaks_its_own_law() -> None:
    [violation] = PAGE.judge(
        changed(("data", "totalPage"), 2), {"page": 1, "pageSize": 1}
    ).violations
    assert violation.requirement == "PAGE-02"
    assert violation.actual == "the page holds 2 items at pageSize 1"


def test_what_was_judged_is_counted() -> None:
    judged = PAGE.judge(USERS, REQUEST).judged
    assert judged["ITEM-07"] == 2
    assert judged["ITEM-10"] == 1
    assert judged["ITEM-12"] == 0


@given(st.lists(st.sampled_from(USERS["data"]["items"]), max_size=6), st.booleans(), st.data())
def test_what_is_in_order_is_counted_as_it_is_walked(
    rows: list[Any], spoilt: bool, data: st.DataObject
) -> None:
    body = copy.deepcopy({**USERS, "data": {**USERS["data"], "items": rows}})
    body["data"] |= {"totalItems": len(rows), "totalPage": 1}
    if spoilt and rows:
        row = data.draw(st.sampled_from(body["data"]["items"]))
        row[data.draw(st.sampled_from(sorted(row)))] = data.draw(
            st.sampled_from([0, 1.5, 101, None, "", "completed", "2022-07-22", {}])
        )
    judgement = PAGE.judge(body, REQUEST)
    assert PAGE.accepts(body, REQUEST) is not bool(judgement.violations)
    broken = [violation.place for violation in PAGE.violations(body)]
    expected: Counter[str] = Counter()
    breaches = 0
    for place, node, element in PAGE.walk(body):
        expected.update([node.requirement] if node.requirement else [])
        below = [each[len(place) :] for each in broken if each[: len(place)] == place]
        judged = node.laws.judge([element], REQUEST, {0: below}) if node.laws else ()
        for law, _, breaking in judged:
            expected.update([law.requirement] if law.requirement else [])
            breaches += len(breaking)
    assert judgement.judged == expected
    assert len(judgement.violations) == len(broken) + breaches


def test_what_is_missing_everywhere_was_judged_all_the_same() -> None:
    body = copy.deepcopy(USERS)
    for item in body["data"]["items"]:
        del item["preTest"]
    assert PAGE.judge(body, REQUEST).judged["ITEM-02"] > 0


def test_rows_are_told_in_the_order_of_the_page() -> None:
    body = copy.deepcopy(USERS)
    body["data"]["items"] = [{**body["data"]["items"][1], "timeSpent": "x"} for _ in range(12)]
    places = [violation.place[2] for violation in PAGE.violations(body)]
    assert places == [str(index) for index in range(12)]


def test_members_called_by_numbers_are_judged_like_any_other(schema_of: SchemaOf) -> None:
    schema = schema_of("{type: object, additionalProperties: {type: integer}}")
    names = ["10", "9", "x", "9" * 5000, "\u0663"]
    violations = schema.judge(dict.fromkeys(names, "wrong")).violations
    assert {violation.place for violation in violations} == {(name,) for name in names}


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb"])
def test_half_a_character_is_judged_as_the_text_it_is_in(text: str) -> None:
    assert PAGE.judge(changed(("message",), text), REQUEST).violations == []
    [violation] = PAGE.judge(changed(("status",), text), REQUEST).violations
    assert violation.requirement == "ENV-05"
    assert not PAGE.accepts(changed(("status",), text), REQUEST)


def test_a_body_that_is_nested_very_deeply_is_judged() -> None:
    deep: dict[str, Any] = {}
    for _ in range(900):
        deep = {"deeper": deep}
    assert PAGE.judge(changed(("data", "extra"), deep), REQUEST).violations == []


# --- the dialect of OpenAPI 3.0

TYPES = {
    "integer": st.integers(-(2**63), 2**63),
    "number": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**63), 2**63),
    "string": st.text(st.characters(exclude_categories=["Cs"])),
    "boolean": st.booleans(),
    "array": st.lists(st.none()),
    "object": st.dictionaries(st.text("ab"), st.none()),
}


def inside(outer: dict[str, Any], value: Any) -> Any:
    """A value as the element that the outer schema holds, or as the value itself."""
    if isinstance(outer.get("items"), dict) and outer["items"]:
        return [value]
    return {"it": value} if outer.keys() & {"properties", "additionalProperties"} else value


@given(st.data())
def test_a_value_may_be_null_exactly_where_it_is_nullable(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(TYPES)))
    value = data.draw(TYPES[kind])
    nullable = data.draw(st.booleans())
    element: dict[str, Any] = {"type": kind, "nullable": nullable}
    if kind == "array":
        element["items"] = {}
    if data.draw(st.booleans()):
        element["enum"] = [value]
    document: dict[str, dict[str, Any]] = {
        "inline": element,
        "by reference": {"$ref": "#/inline"},
        "in all": {"allOf": [{"$ref": "#/inline"}]},
        "outside": {"allOf": [{"type": kind}], "nullable": nullable},
        "in a list": {"type": "array", "items": element},
        "in an object": {"type": "object", "properties": {"it": element}},
        "in a map": {"type": "object", "additionalProperties": {"$ref": "#/inline"}},
    }
    schemas = Schemas(document)
    for name, outer in document.items():
        schema = schemas.at((name,))
        assert schema.accepts(inside(outer, value)), name
        assert schema.accepts(inside(outer, None)) is nullable, name


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ("{type: integer}", [1, 1.0, -(10**30)], [1.5, "1", True]),
        ("{type: integer, minimum: 1, exclusiveMinimum: true}", [2], [1, 0]),
        ("{type: integer, minimum: 1, exclusiveMinimum: false}", [1], [0]),
        ("{type: number, maximum: 1, exclusiveMaximum: true}", [0.9], [1, 1.1]),
        ("{type: string, format: date}", ["2024-02-29"], ["2023-02-29", "2022-7-2", ""]),
        (
            "{type: string, format: date-time}",
            [
                "2022-07-22T01:00:00Z",
                "2022-07-22T01:00:00.123456789+07:00",
                "2016-12-31T23:59:60Z",
            ],
            [
                "2022-07-22T01:00:00",
                "2022-07-22T24:00:00Z",
                "2022-07-22T01:00:00+25:00",
                "2022-02-30T01:00:00Z",
                "2022-07-22 01:00:00Z",
                "2022-07-22T01:00:00Z\n",
            ],
        ),
        ("{type: string, format: one-of-our-own}", ["anything"], [5]),
        ("{type: string, enum: [a], nullable: true}", ["a", None], ["b", ""]),
        ("{allOf: [{$ref: '#/components/schemas/other'}], nullable: true}", [5, None], ["x"]),
        ("{$ref: '#/components/schemas/other', type: string}", [5], ["x"]),
        ("{oneOf: [{type: string}, {type: integer}]}", ["a", 1], [None, []]),
        ("{not: {type: string}}", [1, None], ["a"]),
        ("{type: object, additionalProperties: false}", [{}], [{"a": 1}]),
        ("{type: array, items: {type: integer}, uniqueItems: true}", [[1, 2]], [[1, 1], ["x"]]),
        ("{type: object, minProperties: 1}", [{"a": 1}], [{}]),
    ],
)
def test_keywords_mean_what_openapi_3_0_says(
    schema: str, good: list[Any], bad: list[Any], schema_of: SchemaOf
) -> None:
    compiled = schema_of(schema, other="{type: integer}")
    assert [value for value in good if not compiled.accepts(value)] == []
    assert [value for value in bad if compiled.accepts(value)] == []


TWO_WAYS = """
type: object
required: [id, secret, name]
properties:
  id: {type: string, readOnly: true}
  secret: {type: string, writeOnly: true}
  name: {type: string}
"""


def test_what_goes_one_way_is_required_on_that_way_alone(schema_of: SchemaOf) -> None:
    answer, question = schema_of(TWO_WAYS), schema_of(TWO_WAYS, Direction.REQUEST)
    assert answer.accepts({"id": "1", "name": "a"})
    assert not answer.accepts({"secret": "1", "name": "a"})
    assert question.accepts({"secret": "1", "name": "a"})
    assert not question.accepts({"id": "1", "name": "a"})


TREE = """
type: object
required: [value]
properties:
  value: {type: integer, x-requirement: TREE-01}
  children: {type: array, items: {$ref: '#/components/schemas/it'}}
x-validations:
  - reads: [/value]
    rule: self.value > 0
    message: a value is positive
    fieldPath: /value
"""


def test_a_schema_may_hold_itself(schema_of: SchemaOf) -> None:
    tree = schema_of(TREE)
    judgement = tree.judge({"value": 1, "children": [{"value": -1}, {"value": "x"}]})
    assert [violation.pointer for violation in judgement.violations] == [
        "/children/0/value",
        "/children/1/value",
    ]
    assert judgement.judged["TREE-01"] == 3


def test_the_innermost_tie_is_the_one_that_counts(schema_of: SchemaOf) -> None:
    outer = """
    type: object
    required: [a, b, c]
    x-requirement: OUTER
    properties:
      a: {type: integer}
      b: {type: integer, x-requirement: INNER}
      c: {$ref: '#/components/schemas/named'}
    """
    schema = schema_of(outer, named="{type: integer, x-requirement: NAMED}")
    found = {v.pointer: v.requirement for v in schema.violations({"a": "", "b": "", "c": ""})}
    assert found == {"/a": "OUTER", "/b": "INNER", "/c": "NAMED"}
    missing = {v.pointer: v.requirement for v in schema.violations({})}
    assert missing == found


def test_members_of_all_parts_of_a_schema_are_known(schema_of: SchemaOf) -> None:
    schema = schema_of(
        "{allOf: [{$ref: '#/components/schemas/base'}, {properties: {b: {type: string}}}]}",
        base="{type: object, required: [a], properties: {a: {type: integer, x-requirement: BASE}}}",
    )
    found = {v.pointer: (v.requirement, v.expected) for v in schema.violations({"a": "", "b": 1})}
    assert found == {"/a": ("BASE", "an integer"), "/b": (None, "a string")}


@pytest.mark.parametrize(
    ("schema", "error"),
    [
        ("{$ref: '#/components/schemas/none'}", BrokenReferenceError),
        ("{properties: {a: {$ref: '#/none'}}}", BrokenReferenceError),
        ("{x-validations: [{rule: '(', message: No}]}", LawError),
        ("{properties: {a: {items: {x-validations: [{rule: '(', message: No}]}}}}", LawError),
        ("{type: text}", ValueError),
        ("{properties: {a: text}}", ValueError),
    ],
)
def test_a_schema_that_cannot_be_used_is_refused_when_it_is_first_used(
    schema: str, error: type[Exception], schema_of: SchemaOf
) -> None:
    with pytest.raises(error):
        schema_of(schema).accepts({})


@pytest.mark.parametrize(
    ("date", "exists"),
    [
        ("2022-07-22", True),
        ("2024-02-29", True),
        ("2000-02-29", True),
        ("2023-02-29", False),
        ("2100-02-29", False),
        ("2023-02-30", False),
        ("2023-04-31", False),
        ("2023-13-01", False),
        ("2023-00-10", False),
        ("2023-01-00", False),
        ("0000-00-00", False),
    ],
)
def test_a_date_has_to_be_one_of_the_calendar(date: str, exists: bool) -> None:
    found = PAGE.judge(changed(("data", "items", "1", "completedAt"), date), REQUEST).violations
    assert [(v.requirement, v.expected, v.actual) for v in found] == (
        []
        if exists
        else [
            (
                "ITEM-06",
                "completedAt is a date that the calendar has",
                f'completedAt is "{date}"',
            )
        ]
    )


@pytest.mark.parametrize("wrong", [None, 20220722, "22-07-2022", "2022-7-2", " ", "2022-07-22\n"])
def test_what_has_not_the_form_of_a_date_is_reported_once(wrong: Any) -> None:
    body = changed(("data", "items", "1", "completedAt"), wrong)
    [violation] = PAGE.judge(body, REQUEST).violations
    assert (violation.requirement, violation.expected) == ("ITEM-06", '"" or a date YYYY-MM-DD')


@pytest.mark.parametrize("place", ["items/1/timeSpent", "totalItems", "totalPage"])
@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 10**30, 1e30])
def test_an_integer_of_64_bits_fits_into_them(place: str, value: float) -> None:
    body = changed(("data", *place.split("/")), value)
    [violation] = PAGE.judge(body, REQUEST).violations
    assert violation.requirement == ("ITEM-04" if "timeSpent" in place else "ENV-07")
    limit = ", within 64 bits" if value > 0 else ""
    assert violation.expected == f"an integer, at least 0{limit}"


@pytest.mark.parametrize(
    ("asked_for", "page"), [(2**64, 2**64), (2**63 - 1, 9223372036854776000), (2**64, 1.8e19)]
)
def test_a_response_may_repeat_a_page_number_beyond_53_bits(asked_for: int, page: float) -> None:
    body = changed(("data", "currentPage"), page)
    body["data"]["items"] = []
    asked = {**REQUEST, "page": asked_for}
    assert PAGE.judge(body, asked).violations == []
    assert PAGE.accepts(body, asked)
    assert PAGE.judge(body, REQUEST).violations[0].requirement == "ENV-07"
    assert not PAGE.accepts(body, REQUEST)


def test_bounds_with_a_requirement_of_their_own_leave_a_value_valid() -> None:
    for name, requirement in (("preTest", "ITEM-02"), ("postTest", "ITEM-03")):
        place = ("data", "items", "1", name)
        [outside] = PAGE.judge(changed(place, 100.5), REQUEST).violations
        assert (outside.requirement, outside.actual) == ("ITEM-13", f"{name} is 100.5")
        assert outside.expected == f"{name} is at least 0 and at most 100"
        [wrong] = PAGE.judge(changed(place, "100.5"), REQUEST).violations
        assert (wrong.requirement, wrong.expected) == (requirement, "a number, or null")
        assert PAGE.is_valid(changed(place, -1))


@pytest.mark.parametrize(
    ("place", "value", "is_plausible"),
    [
        ("lastAccessMission", "2022-07-22T01:00:00.000Z", True),
        ("lastAccessMission", "2026-11-25T14:30:00+14:00", True),
        ("lastAccessMission", "1999-12-31T23:59:59Z", False),
        ("lastAccessMission", "1970-01-01T00:00:00Z", False),
        ("lastAccessMission", "2026-11-28T00:00:00Z", False),
        ("completedAt", "2000-01-01", True),
        ("completedAt", "2026-11-26", True),
        ("completedAt", "1999-12-31", False),
        ("completedAt", "2122-07-22", False),
        ("completedAt", "", True),
    ],
)
def test_a_date_is_between_2000_and_a_day_after_the_request(
    place: str, value: str, is_plausible: bool
) -> None:
    body = changed(("data", "items", "1", place), value)
    found = PAGE.judge(body, {**REQUEST, "time": "2026-11-25T00:00:00Z"}).violations
    assert ("ITEM-16" not in {v.requirement for v in found}) == is_plausible
    if not is_plausible:
        assert [v.actual for v in found] == [f'{place} is "{value}"']


def test_no_date_is_in_the_future_where_the_time_of_the_request_is_not_known() -> None:
    body = changed(("data", "items", "1", "completedAt"), "9999-12-31")
    assert PAGE.judge(body, REQUEST).violations == []


def test_with_a_discriminator_another_branch_may_fit_as_well(schema_of: SchemaOf) -> None:
    branches = "oneOf: [{required: [kind]}, {required: [kind], properties: {name: {type: string}}}]"
    assert not schema_of(branches).accepts({"kind": "a"})
    assert schema_of(f"{branches}\ndiscriminator: {{propertyName: kind}}").accepts({"kind": "a"})
    assert not schema_of(f"{branches}\ndiscriminator: {{propertyName: kind}}").accepts({})

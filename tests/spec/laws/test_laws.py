"""Laws: compiled once, judged where they apply, left aside where the schema has spoken."""

from __future__ import annotations

import re
from typing import Any

import cel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruangkerja.spec.laws import expressions
from ruangkerja.spec.laws.expressions import LawError
from ruangkerja.spec.laws.laws import Law, LawBook


def entry(*reads: str, **members: str) -> dict[str, Any]:
    return {"message": "it holds", "reads": reads, **members}


def law(*reads: str, **members: str) -> Law:
    return Law.compile(entry(*reads, **members))


def verdicts(value: Any, *laws: Law, broken: tuple[tuple[str, ...], ...] = ()) -> list[str]:
    """Each law that applies: '' where it holds, else how it is broken."""
    judged = LawBook(laws).judge([value], {"size": 10}, {0: broken})
    return [each.explain(value, {"size": 10}) if wrong else "" for each, _, wrong in judged]


def test_a_law_that_holds_has_no_breach() -> None:
    assert verdicts({"a": 1}, law("/a", rule="self.a == 1")) == [""]


def test_a_law_that_does_not_hold_says_so() -> None:
    assert verdicts({"a": 2}, law("/a", rule="self.a == 1")) == ["it holds"]


def test_a_law_may_look_at_the_request() -> None:
    assert verdicts({"a": 11}, law("/a", "request.size", rule="self.a <= request.size")) == [
        "it holds"
    ]


def test_a_law_speaks_only_where_it_applies() -> None:
    strict = law("/a", "/b", rule="self.a == 1", when="self.b == 'yes'")
    assert verdicts({"a": 2, "b": "no"}, strict) == []
    assert verdicts({"a": 2, "b": "yes"}, strict) == ["it holds"]


def test_a_message_may_show_the_values() -> None:
    shown = law("/a", rule="self.a == 1", messageExpression="'a is ' + string(self.a)")
    assert verdicts({"a": 2}, shown) == ["a is 2"]


def test_a_message_that_does_not_fit_the_values_falls_back_to_the_fixed_one() -> None:
    shown = law("/a", rule="self.a == 1", messageExpression="'a is ' + self.a")
    assert verdicts({"a": 2}, shown) == ["it holds"]


def test_laws_that_fail_on_a_value_do_not_keep_others_from_speaking() -> None:
    other = law("/b", rule="self.b == 1")
    assert verdicts(
        {"b": 2}, law("/a", rule="self.a == 1"), other, law("/c", rule="self.c > 1")
    ) == ["it holds"]


@pytest.mark.parametrize("value", [None, 5, "text", [], {}, {"a": None}, {"a": "x"}, {"a": [1]}])
def test_a_law_says_nothing_about_a_value_it_was_not_made_for(value: Any) -> None:
    assert verdicts(value, law("/a", rule="self.a * 2 > 1")) == []


@pytest.mark.parametrize(
    ("broken", "spoken"),
    [
        ((), True),
        ((("b",),), True),
        ((("a",),), False),
        (((),), False),
        ((("a", "b"),), False),
        ((("a", "b", "c"),), False),
        ((("a", "z"),), True),
    ],
)
def test_a_law_is_left_aside_where_the_schema_does_not_hold_for_what_it_reads(
    broken: tuple[tuple[str, ...], ...], spoken: bool
) -> None:
    rule = law("/a/b", rule="self.a.b == 1")
    assert bool(verdicts({"a": {"b": 2}}, rule, broken=broken)) is spoken


@pytest.mark.parametrize(
    ("reads", "rule"),
    [
        (["/a", "/b/c"], "self.a == self.b.c"),
        (["size(/items)"], "size(self.items) > 0"),
        (["/items"], "size(self.items) > 0"),
        (["/message"], "self.message.matches('^x')"),
        (["/items"], "self.items.all(item, item.x > 0)"),
        (["/a", "/a/b"], "self.a.startsWith('x') && self.a.b.endsWith('y')"),
        (["/a"], "self.a == 'self.b'"),
        (["/a"], "has(self.a) && !has(self.a.b)"),
        (["/a-b"], "self['a-b'] == 1"),
        (["/a", "request.size"], "self.a == request.size"),
        ([""], "self == 5 && size(self) > 0"),
        ([""], "self.a == 1"),
    ],
)
def test_a_law_that_reads_what_it_declares_is_taken(reads: list[str], rule: str) -> None:
    compiled = law(*reads, rule=rule)
    read = [f"/{'/'.join(place)}" if place else "" for place in compiled.reads]
    counted = [f"size(/{'/'.join(place)})" for place in compiled.counts]
    assert sorted([*read, *counted, *(f"request.{n}" for n in compiled.asks)]) == sorted(reads)


@pytest.mark.parametrize(
    ("reads", "rule", "says"),
    [
        ([], "self.a == 1", "rule reads more than reads declares, which is nothing"),
        (["/a"], "self.a == self.b", "rule reads more than reads declares, which is self.a"),
        (["/a"], "self.a == 1 || self.b == 1", "rule reads more"),
        (["/a"], "true || self.ab == self.a", "rule reads more"),
        (["/a"], "self.a == self['b']", "rule reads more"),
        (["/a"], "size(self) == self.a", "rule reads more"),
        (["size(/a)"], "size(self.a) == 1 && self.a[0] == 1", "which is size(self.a)"),
        (["request.page"], "request.page == request.size", "which is request.page"),
        (["request.page"], "request.pages == request.page", "rule reads more"),
        (["/a", "/b"], "self.a == 1", "reads declares '/b', which when and rule do not read"),
        (["/a", "/b"], "self.a == 'self.b'", "reads declares '/b', which"),
        (["/a", "size(/a)"], "size(self.a) == 1", "reads declares '/a', which"),
        (["/a", "request.size"], "self.a == 1", "reads declares 'request.size', which"),
        (["a"], "true", "reads: a JSON pointer begins with '/'"),
    ],
)
def test_a_law_that_reads_otherwise_than_it_declares_is_refused(
    reads: list[str], rule: str, says: str
) -> None:
    with pytest.raises(LawError, match=re.escape(says)):
        law(*reads, rule=rule)


def test_what_a_message_shows_is_declared_as_well() -> None:
    with pytest.raises(LawError, match="messageExpression reads more than reads declares"):
        law("/a", rule="self.a == 1", messageExpression="'b is ' + self.b")


def test_the_variables_of_a_macro_are_its_own() -> None:
    rule = "self.all(x, x > 0) && self.exists(y, y == 1) && self.map(z, z * 2).all(w, w > 0)"
    assert verdicts([1, 2], law("", rule=rule)) == [""]
    assert verdicts([1, -2], law("", rule=rule)) == ["it holds"]


@pytest.mark.parametrize(
    ("rule", "loops"),
    [
        ("self.a.size() > 1", 0),
        ("self.a.all(x, x > 1) && self.a .exists( y, y > 1)", 1),
        ("self.a.all(x, (x > 1) && self.a.filter(y, y > x).size() < 3)", 2),
        ("self.a.map(x, x + 1).all(y, self.a.exists(z, self.a.all(x, x + y > z)))", 3),
    ],
)
def test_loops_in_each_other_are_counted(rule: str, loops: int) -> None:
    assert law("/a", rule=rule).loops == loops


def test_a_comment_in_a_rule_ends_with_its_line() -> None:
    commented = law("/a", rule="self.a == 1 // as it should be", when="true // always")
    assert verdicts({"a": 2}, commented) == ["it holds"]


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"rule": "self.a ==", "reads": ["/a"]}, "rule is not a CEL expression"),
        ({"rule": "true", "when": "("}, "when is not a CEL expression"),
        ({"rule": "true", "messageExpression": "'"}, "messageExpression is not a CEL expression"),
        ({"rule": "true", "fieldPath": "a"}, "fieldPath: a JSON pointer begins with '/'"),
        ({"rule": "that.a == 1"}, "rule names that; a law knows self and request"),
        ({"rule": "true", "when": "now > 1"}, "when names now"),
        ({}, "a law has the members rule and message"),
        ({"rule": True}, "all text"),
        ({"rule": "true", "when": True}, "all text"),
    ],
)
def test_what_is_no_law_is_refused(members: dict[str, Any], says: str) -> None:
    with pytest.raises(LawError, match=says):
        Law.compile({"message": "it holds", **members})


def test_a_law_that_only_counts_is_judged_though_an_element_is_wrong() -> None:
    few = law("size(/rows)", "/most", rule="size(self.rows) <= self.most")
    assert (few.reads, few.counts) == ((("most",),), (("rows",),))
    value = {"rows": [1, 2, 3], "most": 2}
    assert verdicts(value, few, broken=(("rows", "0"),)) == ["it holds"]
    assert verdicts(value, few, broken=(("rows",),)) == []
    assert verdicts(value, few, broken=((),)) == []


@pytest.mark.parametrize(
    ("reads", "rule"),
    [
        (["size(/rows)", "/n"], "size(self.rows) == 2 && self.n == 2"),
        (["size(/rows)", "size(/more/rows)"], "size(self.rows) == size(self.more.rows)"),
        (["size(/rows)", "/rows"], "size(self.rows) == 2 && self.rows[1].a == 2"),
        (["/rows"], "size(self.rows) == 2 && self.rows.exists(x, x.a == 2)"),
        (["size(/text)"], "size(self.text) == 3"),
        (["size(/rows)", ""], "size(self.rows) == 2 && 'more' in self"),
        ([""], "size(self) == 4 && size(self.text) == 3"),
        ([""], "self.exists(name, name == 'rows')"),
        (["/more/rows", "/other"], "has(self.more.rows) && !has(self.other)"),
    ],
)
def test_a_law_sees_whatever_it_reads(reads: list[str], rule: str) -> None:
    rows = [{"a": 1}, {"a": 2}]
    value = {"rows": rows, "n": 2, "text": "abc", "more": {"rows": rows}}
    assert verdicts(value, law(*reads, rule=rule)) == [""]
    assert verdicts(value, law(*reads, rule=rule), law("/n", rule="self.n == 2")) == ["", ""]


ENTRIES = [
    entry("/a", "/b", rule="self.b == self.a", when="self.a == self.b"),
    entry("/a", rule="string(self.a) == '1'", when="self.a == 1"),
    entry("/a", rule="self.a < 3"),
    entry("/a", rule="string(1.0 / self.a) != 'x'", when="self.a == 0"),
    entry("/a", "/b", rule="self.b == ''", when="self.a in ['x', 'y'] // those two"),
    entry("/a", "/b", rule="self.a", when="self.b"),
    entry("/a", "/b", rule="self.a == null", when="has(self.a) && !has(self.b)"),
    entry("/a", "request.size", rule="self.a <= request.size"),
    entry("size(/c)", rule="size(self.c) <= 1"),
    entry("", rule="size(self) < 2", when="'a' in self"),
    entry(rule="1 + 1 == 2"),
]
LAWS = [Law.compile(each) for each in ENTRIES]
VALUES = st.one_of(
    st.sampled_from([0, 0.0, -0.0, 1, 1.0, True, False, None, "", "x", 2**63, -(2**63), 1e300]),
    st.integers(-3, 3),
    st.sampled_from([float("nan"), float("inf"), "x" * 1000]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=2),
    st.lists(st.none(), max_size=2),
)
ROWS = st.lists(
    st.one_of(
        st.dictionaries(st.sampled_from("abc"), VALUES),
        st.fixed_dictionaries({"a": VALUES, "b": VALUES}),
        VALUES,
    ),
    max_size=5,
)


def by_cel(law: dict[str, Any], value: Any, request: dict[str, Any]) -> bool | None:
    """What an entry says of a value that is handed over whole, and nothing kept."""
    values = {"self": value, "request": request}
    try:
        if cel.evaluate(law.get("when", "true"), values) is not True:
            return None
        answer = cel.evaluate(law["rule"], values)
    except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError):
        return None
    return None if answer is None else bool(answer)


@given(ROWS, st.lists(st.sampled_from(range(len(LAWS))), unique=True), st.sampled_from([2, "none"]))
def test_many_values_are_judged_as_each_of_them_is(
    values: list[Any], chosen: list[int], size: Any
) -> None:
    request = {"size": size}
    expected = {n: [by_cel(ENTRIES[n], value, request) for value in values] for n in chosen}
    for _ in range(2):  # evaluated for the first time, and from memory
        judged = LawBook([LAWS[n] for n in chosen]).judge(values, request)
        found = {LAWS.index(law): (held, broken) for law, held, broken in judged}
        assert found == {
            n: (answers.count(True), [i for i, each in enumerate(answers) if each is False])
            for n, answers in expected.items()
            if set(answers) - {None}
        }


def test_equal_reads_are_evaluated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    evaluate = expressions.Expression._evaluate

    def counting(expression: expressions.Expression, parts: tuple[Any, ...]) -> Any:
        asked.append(parts)
        return evaluate(expression, parts)

    monkeypatch.setattr(expressions.Expression, "_evaluate", counting)
    day = law("/day", "/status", rule="self.day != ''", when="self.status == 'done'")
    rows = [{"status": "done", "day": "1", "n": 1}, {"status": "no", "day": ""}] * 9
    assert [(held, broken) for _, held, broken in LawBook([day]).judge(rows, {})] == [(9, [])]
    assert sorted(asked) == [("1",), ("done",), ("no",)]


@pytest.mark.parametrize("zero", [(0.0, -0.0), (-0.0, 0.0)])
def test_zero_has_a_sign(zero: tuple[float, float]) -> None:
    signed = law("/a", rule="1.0 / self.a > 0.0")
    rows = [{"a": each} for each in zero]
    [(_, held, broken)] = LawBook([signed]).judge(rows, {})
    assert (held, broken) == (1, [[str(each) for each in zero].index("-0.0")])


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expressions, "MOST_KNOWN", 3)
    rule = law("/a", rule="self.a").rule
    assert [rule[n] for n in range(10)] == list(range(10))
    assert rule["x" * 10_000] == "x" * 10_000
    assert len(rule) <= 3
    assert all(len(str(key)) < 100 for key in rule)

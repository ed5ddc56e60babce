"""Laws: compiled once, judged where they apply, left aside where the schema has spoken."""

from __future__ import annotations

from typing import Any

import pytest

from ruangkerja.spec.laws import Law, LawBook, LawError


def law(**members: str) -> Law:
    return Law.compile({"message": "it holds", **members})


def verdicts(value: Any, *laws: Law, broken: tuple[tuple[str, ...], ...] = ()) -> list[str]:
    """Each law that applies: '' where it holds, else how it is broken."""
    judged = LawBook(laws).judge(value, {"size": 10}, broken)
    return ["" if breach is None else breach.message for _, breach in judged]


def test_a_law_that_holds_has_no_breach() -> None:
    assert verdicts({"a": 1}, law(rule="self.a == 1")) == [""]


def test_a_law_that_does_not_hold_says_so() -> None:
    assert verdicts({"a": 2}, law(rule="self.a == 1")) == ["it holds"]


def test_a_law_may_look_at_the_request() -> None:
    assert verdicts({"a": 11}, law(rule="self.a <= request.size")) == ["it holds"]


def test_a_law_speaks_only_where_it_applies() -> None:
    strict = law(rule="self.a == 1", when="self.b == 'yes'")
    assert verdicts({"a": 2, "b": "no"}, strict) == []
    assert verdicts({"a": 2, "b": "yes"}, strict) == ["it holds"]


def test_a_message_may_show_the_values() -> None:
    shown = law(rule="self.a == 1", messageExpression="'a is ' + string(self.a)")
    assert verdicts({"a": 2}, shown) == ["a is 2"]


def test_a_message_that_does_not_fit_the_values_falls_back_to_the_fixed_one() -> None:
    shown = law(rule="self.a == 1", messageExpression="'b is ' + self.b")
    assert verdicts({"a": 2}, shown) == ["it holds"]


def test_laws_that_fail_on_a_value_do_not_keep_others_from_speaking() -> None:
    other = law(rule="self.b == 1")
    assert verdicts({"b": 2}, law(rule="self.a == 1"), other, law(rule="self.c > 1")) == [
        "it holds"
    ]


@pytest.mark.parametrize("value", [None, 5, "text", [], {}, {"a": None}, {"a": "x"}, {"a": [1]}])
def test_a_law_says_nothing_about_a_value_it_was_not_made_for(value: Any) -> None:
    assert verdicts(value, law(rule="self.a * 2 > 1")) == []


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
    rule = law(rule="self.a.b == 1")
    assert bool(verdicts({"a": {"b": 2}}, rule, broken=broken)) is spoken


@pytest.mark.parametrize(
    ("rule", "reads"),
    [
        ("self.a == self.b.c", {("a",), ("b", "c")}),
        ("size(self.items) > 0", {("items",)}),
        ("self.message.matches('^x')", {("message",)}),
        ("self.items.all(item, item.x > 0)", {("items",)}),
        ("self.a.startsWith('x') && self.a.b.endsWith('y')", {("a",), ("a", "b")}),
        ("itself.a == 1 || self == 5", set()),
    ],
)
def test_what_a_law_reads_is_known(rule: str, reads: set[tuple[str, ...]]) -> None:
    if rule.startswith("itself"):
        with pytest.raises(LawError, match="names itself; a law knows self and request"):
            law(rule=rule)
    else:
        compiled = law(rule=rule)
        assert {*compiled.reads, *compiled.counts} == reads


def test_the_variables_of_a_macro_are_its_own() -> None:
    rule = "self.all(x, x > 0) && self.exists(y, y == 1) && self.map(z, z * 2).all(w, w > 0)"
    assert verdicts([1, 2], law(rule=rule)) == [""]
    assert verdicts([1, -2], law(rule=rule)) == ["it holds"]


def test_a_comment_in_a_rule_ends_with_its_line() -> None:
    commented = law(rule="self.a == 1 // as it should be", when="true // always")
    assert verdicts({"a": 2}, commented) == ["it holds"]


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"rule": "self.a =="}, "rule is not a CEL expression"),
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
    law = Law.compile({"rule": "size(self.rows) <= self.most", "message": "few rows"})
    assert (law.reads, law.counts) == ((("most",),), (("rows",),))
    value = {"rows": [1, 2, 3], "most": 2}
    found = list(LawBook([law]).judge(value, {}, [("rows", "0")]))
    assert [breach is not None for _, breach in found] == [True]
    assert not list(LawBook([law]).judge(value, {}, [("rows",)]))
    assert not list(LawBook([law]).judge(value, {}, [()]))


@pytest.mark.parametrize(
    "rule",
    [
        "size(self.rows) == 2 && self.n == 2",
        "size(self.rows) == size(self.more.rows)",
        "size(self.rows) == 2 && self.rows[1].a == 2",
        "size(self.rows) == 2 && self.rows.exists(x, x.a == 2)",
        "size(self.rows) == 2 && 'more' in self",
        "size(self) == 4 && size(self.text) == 3",
        "self.exists(name, name == 'rows')",
        "has(self.more.rows) && !has(self.other)",
    ],
)
def test_a_law_sees_whatever_it_reads(rule: str) -> None:
    rows = [{"a": 1}, {"a": 2}]
    value = {"rows": rows, "n": 2, "text": "abc", "more": {"rows": rows}}
    assert verdicts(value, law(rule=rule)) == [""]
    assert verdicts(value, law(rule=rule), law(rule="self.n == 2")) == ["", ""]

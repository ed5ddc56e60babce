"""Laws whose answers are remembered: they say of many values what they say of each."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruangkerja.spec import law_cache as recalled
from ruangkerja.spec.law_cache import LawCache, NotPlainError, members_of
from ruangkerja.spec.laws import Law, LawBook


def law(requirement: str, rule: str, when: str = "true") -> Law:
    entry = {"requirement": requirement, "rule": rule, "when": when, "message": "it holds"}
    return Law.compile(entry)


LAWS = [
    law("SAME", "self.b == self.a", when="self.a == self.b"),
    law("TYPED", "string(self.a) == '1'", when="self.a == 1"),
    law("FEW", "self.a < 3"),
    law("SIGNED", "string(1.0 / self.a) != 'x'", when="self.a == 0"),
    law("EMPTY", "self.b == ''", when="self.a in ['x', 'y'] // those two"),
    law("NOT-BOOLEAN", "self.a", when="self.b"),
    law("THERE", "self.a == null", when="has(self.a) && !has(self.b)"),
    law("ASKING", "self.a <= request.size"),
    law("NONE", "size(self.c) <= 1"),
    law("ALWAYS", "1 + 1 == 2"),
]

VALUES = st.one_of(
    st.sampled_from([0, 0.0, -0.0, 1, 1.0, True, False, None, "", "x", 2**63, -(2**63), 1e300]),
    st.integers(-3, 3),
    st.sampled_from([float("nan"), float("inf"), "\ud800", "x" * 1000]),
    st.text(max_size=2),
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


def one_by_one(book: LawBook, values: list[Any], request: dict[str, Any]) -> Counter[str] | None:
    found = [pair for value in values for pair in book.judge(value, request, ())]
    if any(breach for _, breach in found):
        return None
    return Counter(law.requirement for law, _ in found if law.requirement)


@given(ROWS, st.lists(st.sampled_from(LAWS), unique_by=id), st.sampled_from([2, 2**63, "none"]))
def test_many_values_are_judged_as_each_of_them_is(
    values: list[Any], laws: list[Law], size: Any
) -> None:
    book, request = LawBook(laws), {"size": size}
    for _ in range(2):  # asked for the first time, and from memory
        assert book.kept(values, request) == one_by_one(book, values, request)


def test_equal_members_are_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    evaluate = recalled._Question._evaluate

    def counting(question: recalled._Question, parts: tuple[Any, ...]) -> Any:
        asked.append(parts)
        return evaluate(question, parts)

    monkeypatch.setattr(recalled._Question, "_evaluate", counting)
    laws = LawCache([law("DAY", "self.day != ''", when="self.status == 'done'")])
    rows = [{"status": "done", "day": "1", "n": 1}, {"status": "no", "day": ""}] * 9
    assert [(answer, number) for _, answer, number in laws.answers(rows)] == [(True, 9)]
    assert asked == [("done",), ("no",), ("done", "1")]


@pytest.mark.parametrize("zero", [(0.0, -0.0), (-0.0, 0.0)])
def test_zero_has_a_sign(zero: tuple[float, float]) -> None:
    laws = LawCache([law("ZERO", "1.0 / self.a > 0.0")])
    rows = [{"a": each} for each in zero]
    assert [(holds, number) for _, holds, number in laws.answers(rows)] == [(True, 1), (False, 1)]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recalled, "MOST_KNOWN", 3)
    question = recalled._Question("self.a", ("a",))
    assert [question[n] for n in range(10)] == list(range(10))
    assert question["x" * 10_000] == "x" * 10_000
    assert len(question) <= 3
    assert all(len(str(key)) < 100 for key in question)


@pytest.mark.parametrize(
    ("rule", "when", "expected"),
    [
        ("self.a == self.b", "true", ([], ["a", "b"])),
        ("self.a == self.b", "self.b > 1", (["b"], ["a"])),
        ("self.name.matches('x')", "true", ([], ["name"])),
        ("self.a <= request.size", "true", None),
        ("self.a == 1", "request.size > 1", None),
        ("self == 1", "true", None),
        ("size(self) == 1", "true", None),
        ("self['a'] == 1", "true", None),
    ],
)
def test_members_that_a_law_reads(
    rule: str, when: str, expected: tuple[list[str], list[str]] | None
) -> None:
    assert members_of(law("ANY", rule, when)) == expected


def test_a_law_over_more_than_members_cannot_be_remembered() -> None:
    with pytest.raises(ValueError, match="reads more than members"):
        LawCache([law("ANY", "self == 1")])


@pytest.mark.parametrize("value", [None, "text", {"a": [1]}, {"a": {}}])
def test_what_is_not_plain_is_left_to_others(value: Any) -> None:
    laws = LawCache([law("ANY", "self.a == 1")])
    with pytest.raises(NotPlainError):
        list(laws.answers([{"a": 1}, value]))

"""Overlays: what their actions change, and how an action that does not fit is refused."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.spec.documents.problems import SourceError
from ruangkerja.spec.documents.source import Source
from ruangkerja.spec.policies import overlay

if TYPE_CHECKING:
    from collections.abc import Callable

    Applied = Callable[[str, str], Source]

BASE = """\
info: {title: Old, tags: [a, b, c]}
shared: &anchor {size: 1}
again: *anchor
rules:
  - {name: one, limit: 1}
  - {name: two, limit: 2}
"""
HEADER = "overlay: 1.0.0\ninfo: {title: Ours, version: 1.0.0}\nactions:\n"


@pytest.fixture
def applied(tmp_path: Path) -> Applied:
    """Applies an overlay, the text of its actions, to a file."""

    def make(actions: str, base: str = BASE) -> Source:
        file = tmp_path / "ours.yaml"
        file.write_text(HEADER + indent(dedent(actions), "  "), encoding="utf-8")
        return overlay.apply(Source.parse(base.encode(), Path("base.yaml")), overlay.read(file))

    return make


def value(actions: str, applied: Applied) -> Any:
    return applied(actions, BASE).value


def test_an_update_replaces_and_adds_members_of_an_object(applied: Applied) -> None:
    changed = value("- {target: $.info, update: {title: New, version: 2}}", applied)
    assert changed["info"] == {"title": "New", "tags": ["a", "b", "c"], "version": 2}


def test_an_update_is_merged_with_what_stands_deeper(applied: Applied) -> None:
    changed = value("- {target: $, update: {info: {title: New, tags: [d]}}}", applied)
    assert changed["info"] == {"title": "New", "tags": ["a", "b", "c", "d"]}


def test_an_update_of_an_array_is_added_at_its_end(applied: Applied) -> None:
    changed = value("- {target: $.rules, update: {name: three}}", applied)
    assert changed["rules"][2:] == [{"name": "three"}]


def test_a_target_can_select_by_the_values_of_members(applied: Applied) -> None:
    changed = value("- {target: '$.rules[?@.limit > 1]', update: {limit: 9}}", applied)
    assert [each["limit"] for each in changed["rules"]] == [1, 9]


def test_members_and_elements_are_removed(applied: Applied) -> None:
    actions = """\
    - {target: '$.info.tags[0, 2]', remove: true}
    - {target: $.rules, remove: true}
    """
    changed = value(actions, applied)
    assert changed["info"]["tags"] == ["b"]
    assert "rules" not in changed


def test_an_element_that_is_selected_twice_is_removed_once(applied: Applied) -> None:
    assert value("- {target: '$.info.tags[0, 0]', remove: true}", applied)["info"]["tags"] == [
        "b",
        "c",
    ]


def test_actions_are_applied_in_order(applied: Applied) -> None:
    actions = """\
    - {target: $.info, update: {more: {}}}
    - {target: $.info.more, update: {found: true}}
    """
    assert value(actions, applied)["info"]["more"] == {"found": True}


def test_what_an_anchor_repeats_is_changed_only_where_it_was_selected(applied: Applied) -> None:
    changed = value("- {target: $.again, update: {size: 2}}", applied)
    assert (changed["shared"], changed["again"]) == ({"size": 1}, {"size": 2})


def test_each_element_keeps_the_file_and_the_line_it_is_from(
    applied: Applied, tmp_path: Path
) -> None:
    changed = applied("- target: $.info\n  update:\n    title: New\n", BASE)
    assert str(changed.problem(("info", "title"), "x")) == f"{tmp_path / 'ours.yaml'}:6: x"
    assert str(changed.problem(("info", "tags", "1"), "x")) == "base.yaml:1: x"
    assert str(changed.problem(("rules", "1"), "x")) == "base.yaml:6: x"


def test_the_digest_depends_on_both_files(applied: Applied) -> None:
    one = applied("- {target: $.info, update: {title: New}}", BASE)
    other = applied("- {target: $.info, update: {title: Newer}}", BASE)
    base = Source.parse(BASE.encode(), Path("base.yaml"))
    assert len({base.digest, one.digest, other.digest}) == 3


@pytest.mark.parametrize(
    ("actions", "line", "says"),
    [
        ("- {target: $.info.titel, remove: true}", 4, "target matches nothing in base.yaml"),
        ("- {target: $.info, update: {}}\n- {target: $.no, update: {}}", 5, "matches nothing"),
        ("- {target: '$.info[', remove: true}", 4, "target is not a JSONPath (RFC 9535): "),
        ("- {target: info.title, remove: true}", 4, "target is not a JSONPath (RFC 9535): "),
        (
            "- target: $.info.title\n  update: New\n",
            4,
            "target is neither an object nor an array. Select the object that contains it",
        ),
        ("- target: $.info\n  update: New\n", 5, "target is an object, so update has to be one"),
        ("- {target: $, remove: true}", 4, "target is the whole file, which cannot be removed"),
        ("- {target: $.info, remove: false}", 4, "remove is false, and there is no update"),
        ("- {target: $.info}", 4, "expected an action with a target, and with update or remove"),
        ("- {target: $.info, updates: {}}", 4, "unknown member 'updates'. Did you mean update?"),
    ],
)
def test_a_mistake_is_refused_with_its_line(
    actions: str, line: int, says: str, applied: Applied, tmp_path: Path
) -> None:
    with pytest.raises(SourceError) as caught:
        applied(actions, BASE)
    message = str(caught.value)
    assert f"{tmp_path / 'ours.yaml'}:{line}: " in message, message
    assert says in message


def test_another_version_of_the_specification_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text(HEADER.replace("1.0.0", "2.0.0", 1) + "  - {target: $, update: {}}\n")
    with pytest.raises(SourceError, match=r"ours\.yaml:1: overlay is \"2\.0\.0\"; expected a vers"):
        overlay.read(file)


def test_an_expression_that_is_nested_too_deeply_is_refused(applied: Applied) -> None:
    target = f"$[?{'(' * 9000}@.a{')' * 9000}]"
    with pytest.raises(SourceError, match=r"ours\.yaml:4: target is not a JSONPath \(RFC 9535\)"):
        applied(f"- {{target: '{target}', remove: true}}", BASE)


def test_changes_that_would_fill_the_memory_are_refused(applied: Applied) -> None:
    growing = "- {target: $, update: {a0: &a0 [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]}}\n"
    for number in range(1, 9):
        many = ", ".join([f"*a{number - 1}"] * 10)
        growing += f"- {{target: $, update: {{a{number}: &a{number} [{many}]}}}}\n"
    with pytest.raises(SourceError, match="holds more than 2000000 elements"):
        applied(growing, BASE)

"""A page with six client bugs: `ruangkerja consumer` finds each, and none on the right page."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., tuple[int, str, str]]

PAGE = Path(__file__).parent / "page"
# What is replaced in the page, by what, and the freedoms that the page does not survive then.
BUGS = {
    "reads only the members that it knows": (
        "export function shown({ user, preTest",
        (
            "export const shown = (row) => (Object.keys(row).length === 7 ? show(row) : null);\n"
            "function show({ user, preTest"
        ),
        {"more-members"},
    ),
    "divides by the number of scores": (
        "if (gains.length === 0)",
        "if (false)",
        {"all-that-can-be-null-is-null", "empty-list", "empty-list-with-one-page"},
    ),
    "reads times by a pattern": (
        'const date = new Date(text.toUpperCase().replace(/:60(?=[.Z+-])/, ":59"));',
        r"const date = new Date(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.exec(text)[0]);",
        {"times-in-another-offset", "times-without-decimals", "times-with-nine-decimals"}
        | {"times-in-small-letters", "time-with-a-leap-second"},
    ),
    "does not escape names": (
        "${escaped(name)}",
        "${name}",
        {"names-with-marks-of-other-languages"},
    ),
    "repeats no request": (
        "const ATTEMPTS = 3;",
        "const ATTEMPTS = 1;",
        {"busy-once", "unavailable-once", "dropped-once", "cut-off-once"},
    ),
    "expects one exact content type": (
        "/^application\\/json\\b/i.test(type)",
        '(type === "application/json")',
        {"charset-in-the-content-type", "content-type-in-capitals"},
    ),
}


@pytest.fixture
def test_page(run: Run, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Test the page, with bugs in it, and return consumer.json."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node here")

    def tested(*bugs: str, only: tuple[str, ...] = ()) -> dict[str, Any]:
        text = (PAGE / "page.mjs").read_text(encoding="utf-8")
        for bug in bugs:
            old, new, _ = BUGS[bug]
            assert text.count(old) == 1, bug
            text = text.replace(old, new)
        (tmp_path / "page.mjs").write_text(text, encoding="utf-8")
        script = shutil.copy(PAGE / "page.test.mjs", tmp_path)
        chosen = [option for name in only for option in ("--only", name)]
        folder = tmp_path / "reports"
        code, out, err = run("consumer", *chosen, "--report-dir", folder, "--", node, script)
        assert code in {0, 1}, out + err
        results: dict[str, Any] = json.loads((folder / "consumer.json").read_text())
        assert results["exit_code"] == code
        return results

    return tested


def not_survived(results: dict[str, Any]) -> set[str]:
    return {each["name"] for each in results["freedoms"] if each["outcome"] == "not survived"}


def test_a_bug_is_found(test_page: Any) -> None:
    found = {"names-with-marks-of-other-languages"}
    assert not_survived(test_page("does not escape names", only=tuple(found))) == found


@pytest.mark.long
@pytest.mark.timeout(300)
def test_the_right_page_survives_every_freedom(test_page: Any) -> None:
    results = test_page()
    tried = [each for each in results["freedoms"] if each["outcome"] != "not tried"]
    assert not_survived(results) == set()
    assert len(tried) >= 45


@pytest.mark.long
@pytest.mark.timeout(300)
def test_six_bugs_of_one_page_are_found(test_page: Any) -> None:
    assert not_survived(test_page(*BUGS)) == set().union(*(found for _, _, found in BUGS.values()))


@pytest.mark.long
@pytest.mark.parametrize("bug", BUGS)
def test_each_bug_is_found_by_freedoms_of_its_own(test_page: Any, bug: str) -> None:
    found = BUGS[bug][2]
    others = [next(iter(sorted(each))) for _, _, each in BUGS.values() if each != found]
    assert not_survived(test_page(bug, only=(*sorted(found), *others))) == found

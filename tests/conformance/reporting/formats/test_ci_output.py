"""What a job of a CI shows: summary.md, and annotations on GitHub."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ruangkerja.cli import main
from ruangkerja.conformance.reporting.formats import as_markdown, github, terminal
from ruangkerja.conformance.reporting.run.waivers import Waiver
from tests.helpers.backend import TOKEN, Answer, Asked, Backend, error, serving
from tests.helpers.report_pages import FAULTY
from tests.helpers.running import conforming, run

if TYPE_CHECKING:
    from ruangkerja.conformance.reporting.run.model import Run

NOWHERE = Path("/nowhere")
HOSTILE = "\n::error title=x::injected\r\n| `` @here #1 <img src=x> https://evil.example \x1b[31m"


def hostile(_: Asked, answer: Answer) -> Answer:
    if answer.status == 200:
        answer.body["data"]["items"][:1] = [HOSTILE]
    else:
        answer.body["message"] = HOSTILE
    return answer


@pytest.fixture(scope="module")
def result() -> Run:
    return run(FAULTY)


@pytest.fixture(scope="module")
def attacked() -> Run:
    return run(Backend(change=hostile))


def test_the_summary_says_how_the_run_came_out_and_what_failed(result: Run) -> None:
    text = as_markdown.render(result)
    assert text.startswith("## ❌ Not conforming\n")
    row = "| **failed** PAGE-03 `totalPage` is the number of pages that `totalItems` needs |\n"
    assert "but totalPage is 11 for 100 items at pageSize 9` (22 or more responses)" in text
    assert row in text
    assert "\n- `C-100, page 1 at pageSize 100, row 38, field /data/items/37/status: " in text
    assert "\n  ```sh\n  curl " in text
    assert "**Coverage 95 %**" in text
    assert TOKEN not in text


def test_a_conforming_run_has_a_short_summary() -> None:
    text = as_markdown.render(conforming())
    assert text.startswith("## ✅ Conforming\n")
    assert len(text.splitlines()) < 40


def test_every_table_has_as_many_cells_in_each_row(attacked: Run) -> None:
    tables = re.findall(r"(?:^\|.*\n)+", as_markdown.render(attacked), re.MULTILINE)
    assert len(tables) >= 2
    for table in tables:
        cells = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
        assert len(cells) == 1, table


def test_what_a_server_says_stands_in_code_and_is_nothing_else(attacked: Run) -> None:
    text = as_markdown.render(attacked)
    without_blocks = re.sub(r"^ *(`{3,})sh\n.*\n *\1$", "", text, flags=re.MULTILINE)
    without_code = re.sub(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", "", without_blocks)
    assert "injected" in text
    for mark in ("injected", "@here", "<img", "evil.example", "\x1b"):
        assert mark not in without_code
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "`plain`"),
        ("a|b", "`a\\|b`"),
        ("a `code` b", "``a `code` b``"),
        ("`x", "`` `x ``"),
        ("", "`  `"),
        ("two\nlines", "`two\\nlines`"),
    ],
)
def test_any_text_can_be_set_as_code(text: str, shown: str) -> None:
    assert as_markdown.code(text) == shown


def test_an_annotation_names_the_requirement_and_the_first_finding(result: Run) -> None:
    found = {line.partition(" ")[2][:13]: line for line in github.commands(result, NOWHERE)}
    assert len(found) == 4
    assert found["title=PAGE-03"].startswith("::error title=PAGE-03 totalPage is the number of ")
    assert found["title=PAGE-03"].endswith(" findings)")
    assert found["title=ERR-03 "].startswith("::warning ")
    assert "%0A" not in "".join(found.values())


def test_an_annotation_stands_where_the_contract_states_the_requirement(
    result: Run, root: Path
) -> None:
    places = {}
    for text in github.commands(result, root):
        found = re.match(r"::\w+ file=([^,]+),line=(\d+),title=(\S+) ", text)
        assert found, text
        line = (root / found[1]).read_text(encoding="utf-8").splitlines()[int(found[2]) - 1]
        places[found[3]] = found[1], line.strip()
    assert places == {
        "ITEM-07": ("spec/openapi.yaml", "x-requirement: ITEM-07"),
        "PAGE-03": ("spec/openapi.yaml", "- requirement: PAGE-03"),
        "ERR-03": ("spec/openapi.yaml", "- requirement: ERR-03"),
        "ERR-06": ("spec/openapi.yaml", "agreement: ERR-06"),
    }


def test_a_requirement_that_no_element_states_is_annotated_in_the_register(
    result: Run, root: Path
) -> None:
    contract = result.evidence.contract
    file, line = contract.defined_at(contract.register["SCHEMA-01"])
    assert Path(file) == root / "spec" / "requirements.yaml"
    assert (
        Path(file).read_text(encoding="utf-8").splitlines()[line - 1].strip() == "- id: SCHEMA-01"
    )


def test_a_run_that_ended_early_is_an_error(result: Run) -> None:
    ended = replace(result, evidence=replace(result.evidence, ended="it was interrupted"))
    assert github.commands(ended, NOWHERE)[0].startswith("::error title=The run ended early::")


def test_no_text_of_a_server_is_a_command_or_a_colour(attacked: Run) -> None:
    lines = [*github.commands(attacked, NOWHERE), *terminal.render(attacked).splitlines()]
    commands = [line.strip() for line in lines if line.strip().startswith("::")]
    assert commands == github.commands(attacked, NOWHERE)
    assert not any("::error title=x" in line[:20] for line in commands)
    for line in github.commands(attacked, NOWHERE):
        assert re.fullmatch(r"::(error|warning) title=[^:,\n]+::[^\n\r\x1b]+", line)


def test_an_unused_waiver_is_annotated_where_it_stands() -> None:
    waiver = Waiver("PAGE-06", "*", "known", date(9999, 1, 1), "", "folder/w, 1.yaml:7")
    (line,) = github.commands(run(Backend(), waivers=(waiver,)), Path())
    assert line.startswith("::error file=folder/w%2C 1.yaml,line=7,title=PAGE-06 no user ")


def test_there_are_no_more_annotations_than_are_shown() -> None:
    def nothing_right(asked: Asked, answer: Answer) -> Answer:
        if asked.count > 1 and answer.status == 200:
            return Answer(200, {"status": 1, "data": {"items": [{}, {}]}})
        return error(500, "boom") if answer.status >= 400 else answer

    lines = github.commands(run(Backend(change=nothing_right)), NOWHERE)
    errors = [line for line in lines if line.startswith("::error")]
    assert len(errors) == github.MOST_ANNOTATIONS
    assert re.search(r"title=\d+ more requirements::", errors[-1])


@pytest.mark.parametrize("on_github", [True, False])
def test_a_job_on_github_gets_both(
    on_github: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_ACTIONS", "true" if on_github else "")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    with serving(FAULTY) as url, pytest.raises(SystemExit) as ended:
        main(["check", url, "--course", "C-100", "--token", TOKEN, "--profile", "smoke"])
    assert ended.value.code == 1
    assert ("\n::error " in capsys.readouterr().out) == on_github
    assert summary.read_text().startswith("before\n")
    assert ("## ❌ Not conforming" in summary.read_text()) == on_github

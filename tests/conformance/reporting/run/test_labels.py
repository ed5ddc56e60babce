"""Labels stand in the head of every report, and never show a secret."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from ruangkerja.conformance.comparison.results.compare import compare, render
from ruangkerja.conformance.comparison.results.reports import load
from ruangkerja.conformance.reporting.formats import terminal
from ruangkerja.conformance.reporting.run.labels import LONGEST, LabelError, parse, published
from ruangkerja.conformance.requests.probes.plan import Profile
from tests.helpers.backend import TOKEN, Backend
from tests.helpers.report_pages import Page
from tests.helpers.running import run

if TYPE_CHECKING:
    from pathlib import Path

LABELS = {"build": "41 <b>", "environment": "staging", "tester": "QA\n1", "api-key": "k-1"}


def test_every_report_shows_them_and_compare_says_which_differ(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, build in ((first, "41 <b>"), (second, "42")):
        folder.mkdir()
        labels = LABELS | {"build": build, "note": f"sent with {TOKEN}"}
        result = run(Backend(), report_dir=folder, profile=Profile.SMOKE, labels=labels)
    shown = {"build": "42", "environment": "staging", "tester": r"QA\n1", "api-key": "***"}
    shown |= {"note": "sent with $RUANGKERJA_TOKEN"}
    assert json.loads((second / "report.json").read_text())["labels"] == shown
    assert json.loads((second / "exchanges.har").read_text())["log"]["_labels"] == shown
    assert "\nLabels: build=42, environment=staging, tester=QA" in terminal.render(result)
    assert (
        ", build `41 <b>`, environment `staging`, tester `QA" in (first / "summary.md").read_text()
    )
    head = Page((first / "report.html").read_text()).text.partition("Summary")[0]
    assert "build" in head
    assert "41 <b>" in head
    suites = ET.parse(second / "junit.xml").getroot()  # noqa: S314 - it is our own
    for suite in suites:
        properties = {each.get("name"): each.get("value") for each in suite.iter("property")}
        assert shown.items() <= properties.items()
    for path in (*first.iterdir(), *second.iterdir()):
        if path.is_file():
            assert not {TOKEN, "k-1"} & set(path.read_text().split()), path
    text = render(compare(load(first / "report.json"), load(second / "report.json")))
    assert "note: different label build: 41 <b>, then 42\n" in text
    assert "environment" not in text


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["build"], "'build': use NAME=VALUE"),
        (["=1"], "'': use NAME=VALUE"),
        (["a b=1"], "'a b': use NAME=VALUE"),
        (["build=1", "build=2"], "build is given twice"),
        (["build= "], "build is empty"),
        (["build=" + "1" * (LONGEST + 1)], f"build has {LONGEST + 1} characters"),
    ],
)
def test_a_mistake_is_one_sentence_that_says_what_to_do(texts: list[str], words: str) -> None:
    with pytest.raises(LabelError) as raised:
        parse(texts)
    assert str(raised.value).startswith(words)


def test_a_value_may_hold_anything_else() -> None:
    given = parse(["url=https://user:pw@ci.example.test/?a=b", "tester= Siti "])
    assert published(given, "") == {"url": "https://***@ci.example.test/?a=b", "tester": "Siti"}

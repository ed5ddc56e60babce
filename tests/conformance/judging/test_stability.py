"""The same server, the same verdict: two runs write the same reports, but for times."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.config.run_config import RunConfig
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.reporting.formats import terminal
from ruangkerja.conformance.suite.check import CheckOptions, check
from tests.helpers.backend import TOKEN, Backend, serving
from tests.helpers.report_pages import faulty

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.spec.contract import Contract

TIMES = {"started", "duration", "_started", "_duration", "startedDateTime", "time", "timings"}
# Of files that have times.
DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
# What a server says of the day.
DATE = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT")
# What says when it was, or how long it took.
WORDS = re.compile(
    r"\d{4}-\d\d-\d\dT[\d:.]+(\+00:00)?|\d{4}-\d\d-\d\d \d\d:\d\d UTC|[\d.]+ m?s\b"
    r'|(timestamp|time|hostname)="[^"]*"'
)


def without_times(name: str, text: str) -> str:
    text = DIGEST.sub("…", DATE.sub("…", text))
    if not name.endswith((".json", ".har")):
        return WORDS.sub("…", text)

    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        return {member: value for member, value in pairs if member not in TIMES}

    return json.dumps(json.loads(text, object_pairs_hook=members), indent=1)


@pytest.mark.parametrize("show_data", [pytest.param(True, marks=pytest.mark.long), False])
def test_two_runs_write_the_same_reports(
    contract: Contract, tmp_path: Path, show_data: bool
) -> None:
    seen: list[dict[str, str]] = []
    with serving(Backend(courses={"C-100": 100, "C-0": 0}, change=faulty)) as url:
        for number in range(2):
            folder = tmp_path / str(number)
            folder.mkdir()
            config = RunConfig(contract, TOKEN, {"courseSerial": ("C-100", "C-0")}, mine=True)
            options = CheckOptions(report_dir=folder, show_data=show_data)
            result = check(Target.parse(url), config, options, lambda _: None)
            files = sorted(path for path in folder.rglob("*") if path.is_file())
            texts = {str(path.relative_to(folder)): path.read_text() for path in files}
            texts["terminal"] = terminal.render(result)
            seen.append({name: without_times(name, text) for name, text in texts.items()})
    first, second = seen
    assert len(first) >= 6
    assert first.keys() == second.keys()
    for name, text in first.items():
        assert text == second[name], name

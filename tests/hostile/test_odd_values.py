"""Values that JSON allows, or nearly, and that break programs: they are judged, and shown."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from tests.helpers.backend import TOKEN, Answer, Asked, Backend, serving

if TYPE_CHECKING:
    from pathlib import Path

Run = Callable[..., tuple[int, str, str]]

LONG = "9" * 5000
CONTROLS = r'"a\u0000\u001b[2J\u0085\u202e"'
MARK = "\u0000odd\u0000"
SMOKE = ("--token", TOKEN, "--course", "C-100", "--profile", "smoke")


def in_many_places(value: str) -> Callable[[Asked, Answer], Answer]:
    """Put a JSON text into each response, at another place each time."""

    def change(asked: Asked, answer: Answer) -> Answer:
        places = [(answer.body, "message"), (answer.body, "extra"), (answer.body, value.strip('"'))]
        if answer.status == 200:
            data = answer.body["data"]
            places += [(data, "totalItems"), (data, "currentPage"), (answer.body, "data")]
            for row in data["items"][:1]:
                places += [(row, name) for name in row if name != "user"]
                places += [(row["user"], "name"), (row["user"], "serial")]
        body, name = places[(asked.count + asked.size) % len(places)]
        body[name] = MARK
        answer.raw = json.dumps(answer.body).replace(json.dumps(MARK), value).encode()
        return answer

    return change


def strictly(text: str) -> Any:
    """Read JSON as a strict reader with numbers of any length does."""

    def reject(constant: str) -> None:
        raise ValueError(constant)

    return json.loads(text, parse_constant=reject, parse_int=str, parse_float=str)


def assert_reports_are_sound(folder: Path, shown: str) -> None:
    for path in folder.iterdir():
        text = path.read_bytes().decode()
        if path.suffix in {".json", ".har"}:
            strictly(text)
        elif path.suffix == ".xml":
            ET.fromstring(text)  # noqa: S314 - our own file
        assert not any(ord(letter) < 32 and letter not in "\n\t" for letter in text), path.name
        if path.name not in {"exchanges.har", "evidence.json", "statement.json"}:
            assert shown in text.replace("\\u2026", "…"), path.name  # report.json is ASCII


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (r'"\ud800"', "ud800"),
        (LONG, "9999999999…9999999999 (5,000 digits)"),
        ("-1e999", "-1e999 at /"),
        ("NaN", "NaN at /"),
        ("1e-999", ""),
        (CONTROLS, ""),
    ],
)
def test_an_odd_value_is_judged_live_and_in_a_recording_and_is_shown(
    run: Run, tmp_path: Path, value: str, shown: str
) -> None:
    live, recorded = tmp_path / "live", tmp_path / "recorded"
    with serving(Backend(change=in_many_places(value))) as url:
        code, out, err = run("check", url, *SMOKE, "--show-data", "--report-dir", live)
    assert (code, err) == (1, "")
    assert shown in out
    assert "the rule failed" not in out
    assert_reports_are_sound(live, shown)
    assert len(strictly((live / "exchanges.har").read_text())["log"]["entries"]) >= 9

    har = live / "exchanges.har"
    code, out, err = run("audit", har, "--hide-data", "--report-dir", recorded)
    assert (code, err) == (1, "")
    assert "the rule failed" not in out
    assert_reports_are_sound(recorded, "")


def test_the_interpreter_reads_no_integer_that_long() -> None:
    assert sys.get_int_max_str_digits() < len(LONG)

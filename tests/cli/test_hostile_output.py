"""Nothing that a server or a file says acts as a command in a log, or hides in it."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.cli import main
from ruangkerja.cli.streams import Output
from ruangkerja.mock.process.log_stream import LogStream
from tests.helpers.backend import TOKEN, Answer, Asked, Backend, serving

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = (
    "\x1b[31mred\r\n::error::a\n  ::add-mask::b\x00\n##[error]c ##vso[task.complete]d"
    " ##teamcity[x] \u202eexe.txt \u200b comp\u0435leted \uff46ailed"
)
_COMMAND = re.compile(r"^[ \t]*::(?!error |warning |notice )|##\w*\[", re.MULTILINE)
_HIDDEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
SMOKE = ("--token", TOKEN, "--course", "C-100", "--profile", "smoke")


def assert_harmless(text: str) -> None:
    assert _COMMAND.search(text) is None, _COMMAND.search(text)
    hidden = {c for c in text if unicodedata.category(c) in _HIDDEN} - {"\n", "\t"}
    assert not hidden
    assert "comp\u0435" not in text
    assert "\uff46" not in text


def everywhere(value: Any) -> Any:
    """A value with something hostile in each of its texts and among the names of its members."""
    if isinstance(value, dict):
        return {name: everywhere(each) for name, each in value.items()} | {HOSTILE: HOSTILE}
    if isinstance(value, list):
        return [everywhere(each) for each in value]
    return f"{value}{HOSTILE}" if isinstance(value, str) else value


def hostile(asked: Asked, answer: Answer) -> Answer:
    answer = copy.deepcopy(answer)
    answer.headers |= {"X-Says": "::error::x", "Location": "##[error]\u00a0"}
    if asked.count % 5 == 0:
        answer.headers |= {"X-\x1b[1m": "::error::x"}
    elif asked.count % 7 == 0:
        answer.raw = f"<html>{HOSTILE}".encode()
    elif answer.status != 200 or asked.count > 3:
        answer.body = everywhere(answer.body)
    return answer


def printed(*arguments: object) -> tuple[int, str]:
    """Run the command; return its exit code and what it printed."""
    out = io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(out),
        pytest.raises(SystemExit) as ended,
    ):
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0), out.getvalue()


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a check of a hostile server prints and writes on a runner of GitHub."""
    folder, summary = tmp_path_factory.mktemp("reports"), tmp_path_factory.mktemp("step") / "a.md"
    label = f"branch={HOSTILE.replace(chr(0), '')}"[:150]
    options = ("--show-data", "--label", label, "--report-dir", folder)
    with pytest.MonkeyPatch.context() as patch, serving(Backend(change=hostile)) as url:
        patch.setenv("GITHUB_ACTIONS", "true")
        patch.setenv("GITHUB_STEP_SUMMARY", str(summary))
        code, out = printed("check", url, *SMOKE, *options)
    assert code == 1, out
    files = {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}
    return {"out": out, "step": summary.read_text(), **files}


def test_nothing_that_a_server_says_reaches_a_log_as_it_is(texts: dict[str, str]) -> None:
    assert "error::a" in texts["out"]
    for name in ("out", "step", "summary.md", "junit.xml", "report.html"):
        assert_harmless(texts[name])


def test_nothing_that_a_report_or_a_case_says_reaches_a_log_as_it_is(
    texts: dict[str, str], tmp_path: Path
) -> None:
    report = json.loads(texts["report.json"])
    for rule in report["rules"]:
        rule["title"] += HOSTILE
        for finding in rule["findings"]:
            finding["message"] += HOSTILE
    report["target"]["url"] += HOSTILE
    report["labels"] = {HOSTILE: HOSTILE}
    report["configuration"][HOSTILE] = HOSTILE
    report["tool"]["name"] = HOSTILE
    before, after = tmp_path / "a" / "report.json", tmp_path / "b" / "report.json"
    for path, text in ((before, texts["report.json"]), (after, json.dumps(report))):
        path.parent.mkdir()
        path.write_text(text)
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "report.json").write_text(json.dumps({HOSTILE: HOSTILE}))
    recording = json.loads(texts["exchanges.har"])
    recording["log"]["entries"][0]["request"]["url"] = HOSTILE
    recording["log"]["entries"][1]["_resourceType"] = HOSTILE
    har = tmp_path / "x.har"
    har.write_text(json.dumps(everywhere(recording)))
    for command in (
        ("compare", before, after),
        ("compare", before, after, "--json"),
        ("compare", before, tmp_path / "c" / "report.json"),
        ("history", tmp_path),
        ("audit", har, "--show-data"),
        ("audit", har, "--base", HOSTILE.replace("\0", "")),
        ("replay", tmp_path / "c" / "report.json", "--token", TOKEN),
    ):
        _, out = printed(*command)
        assert out
        assert_harmless(out)


def test_nothing_that_a_file_of_ours_says_reaches_a_log_as_it_is(
    tmp_path: Path, root: Path
) -> None:
    quoted = json.dumps(HOSTILE)
    spec = tmp_path / f"o\x1b[1m::{HOSTILE[8:20].strip()}.yaml".replace("\r\n", "")
    text = (root / "spec" / "openapi.yaml").read_text(encoding="utf-8")
    spec.write_text(re.sub(r"(?m)^  title: .*", lambda _: f"  title: {quoted}", text, count=1))
    broken = tmp_path / "broken.yaml"
    broken.write_text(f"openapi: {quoted}\n{quoted}: 1\n")
    waivers = tmp_path / "waivers.yaml"
    waivers.write_text(f"- {{requirement: {quoted}, target: {quoted}, {quoted}: 1}}\n")
    (tmp_path / "ruangkerja.toml").write_text(f"[check]\n{json.dumps('x::##[y')} = 1\n")
    with serving(Backend()) as url:
        for arguments in (
            ("check", url, *SMOKE, "--spec", spec),
            ("check", url, *SMOKE, "--spec", broken),
            ("check", url, *SMOKE, "--waivers", waivers),
            ("check", url, *SMOKE, "--label", f"x={HOSTILE}".replace("\0", "")),
            ("check", url, *SMOKE, "--policy", "##[error]"),
            ("check", f"http://##[x]\x1b{url}", *SMOKE),
            ("sample", "--spec", broken),
            ("mock", "--spec", broken),
            ("mock", "--host", "##[error]\x1b"),
        ):
            _, out = printed(*arguments)
            assert out, arguments
            assert_harmless(out)


def test_a_stream_shows_all_characters_and_keeps_colours_of_a_terminal_only() -> None:
    class Terminal(io.StringIO):
        encoding = "ascii"

        def isatty(self) -> bool:
            return True

    for stream in (io.StringIO(), Terminal()):
        output = Output(stream)
        output.write(HOSTILE)
        assert ("\x1b[31m" in stream.getvalue()) == stream.isatty()
        assert_harmless(stream.getvalue().replace("\x1b[31m", ""))
        output.unchanged.write("::error::\x1b[2K")
        assert stream.getvalue().endswith("::error::\x1b[2K")


def test_the_log_of_the_stub_shows_all_characters() -> None:
    stream = io.StringIO()
    log = LogStream(stream, str)
    log.write(HOSTILE)
    log.close()
    assert_harmless(stream.getvalue())
    assert "error::a" in stream.getvalue()

"""How the command ends: its exit code, one clear line, and reports that say the same."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn, TextIO
from xml.etree import ElementTree as ET

import pytest

from ruangkerja.cli import ending
from ruangkerja.cli.details import details_of
from ruangkerja.cli.streams import Output
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.judging import reports as run_reports
from ruangkerja.conformance.reporting.archive import recording
from ruangkerja.conformance.reporting.formats import folder as reports
from ruangkerja.conformance.suite import check as checks
from ruangkerja.mock.serve import granian_server
from tests.helpers.backend import TOKEN, Answer, Asked, Backend, serving

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.conformance.http.exchange import Exchange

Run = Callable[..., tuple[int, str, str]]
REPORTS = ("report.json", "report.html", "summary.md", "junit.xml")
RECORDED = ("exchanges.har", "evidence.json", "statement.json")
SMOKE = ("--token", TOKEN, "--course", "C-100", "--profile", "smoke")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(Backend()) as url:
        yield url


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with green reports of an earlier run, and a file of somebody else."""
    folder = tmp_path / "reports"
    (folder / "cases").mkdir(parents=True)
    for name in (*REPORTS, "exchanges.har", "error.txt", "cases/PAGE-01-1.json", "theirs.txt"):
        (folder / name).write_text("green")
    return folder


def conclusion(folder: Path) -> str:
    """What all reports in a folder say; none of an earlier run is left, and JUnit is red."""
    texts = {path.name: path.read_text() for path in folder.rglob("*") if path.is_file()}
    assert texts.pop("theirs.txt") == "green"
    assert "green" not in texts.values()
    suites = ET.fromstring(texts["junit.xml"])  # noqa: S314 - our own file
    assert int(suites.attrib["errors"]) + int(suites.attrib["failures"]) > 0
    summary = json.loads(texts["report.json"])["summary"]
    words = "Error" if summary["conclusion"].startswith("error") else "Not judged"
    assert f"❔ {words}" in texts["summary.md"]
    assert f"<title>{words}" in texts["report.html"]
    return f"{summary['exit_code']} {summary['conclusion']}"


def fail(_: object) -> NoReturn:
    raise ZeroDivisionError("a bug")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--unheard-of",), 2, "error: No such option '--unheard-of'."),
        (("--waivers", "/nowhere"), 2, "error: invalid waivers: /nowhere:1: cannot be read"),
        (("ftp://x",), 2, "error: 'ftp://x': the scheme is ftp"),
        (("http://127.0.0.1:1", "--token", TOKEN), 3, "not judged: http://127.0.0.1:1 does not r"),
    ],
)
def test_no_report_of_an_earlier_run_is_left(
    run: Run, folder: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    found, out, _ = run("check", "--report-dir", folder, *arguments)
    assert (found, out) == (code, "")
    assert conclusion(folder).startswith(f"{code} {says}")


def test_reports_of_a_run_that_goes_on_say_that_it_has_not_finished(run: Run, folder: Path) -> None:
    seen = []

    def change(_asked: Asked, answer: Answer) -> Answer:
        seen.append(conclusion(folder))
        return answer

    with serving(Backend(change=change)) as url:
        assert run("check", url, *SMOKE, "--report-dir", folder)[0] == 0
    assert set(seen) == {"3 not judged: the run has not finished: it still goes on, or was killed"}
    assert json.loads((folder / "report.json").read_text())["summary"]["exit_code"] == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_with_130_and_reports_of_what_came_before(
    run: Run, folder: Path, number: signal.Signals
) -> None:
    def change(asked: Asked, answer: Answer) -> Answer:
        if asked.count == 5:
            os.kill(os.getpid(), number)
        return answer

    before = signal.getsignal(signal.SIGTERM)
    with serving(Backend(change=change)) as url:
        code, out, err = run("check", url, *SMOKE, "--report-dir", folder)
    assert (code, out) == (130, "")
    assert re.fullmatch(r"not judged: interrupted at request [45]", err.splitlines()[-1])
    assert conclusion(folder).startswith("130 not judged: interrupted at request ")
    assert entries(folder) in {4, 5}
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_bug_ends_with_4_and_its_details_are_in_a_file_without_secrets(
    run: Run, folder: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks.Survey, "run", fail)
    code, out, err = run("check", url, *SMOKE, "--report-dir", folder)
    assert (code, out) == (4, "")
    says = "error: ZeroDivisionError: a bug; this says nothing about the server; details in "
    assert err == f"{says}{folder / 'error.txt'}\n"
    details = (folder / "error.txt").read_text()
    assert "ZeroDivisionError: a bug" in details
    assert f"Arguments: check {url} --token *** --course C-100" in details
    assert TOKEN not in details
    assert conclusion(folder).startswith("4 error: error ZeroDivisionError of the tool")


@pytest.mark.parametrize(
    ("module", "extra"), [("jinja2.ext", "check"), ("msgspec", "check"), ("trustme", "tls")]
)
def test_a_missing_package_of_an_extra_ends_with_2_and_says_what_to_install(
    run: Run, folder: Path, url: str, monkeypatch: pytest.MonkeyPatch, module: str, extra: str
) -> None:
    def missing(*_: object) -> NoReturn:
        raise ModuleNotFoundError(f"No module named {module!r}", name=module)

    monkeypatch.setattr(Target, "parse", missing)
    code, out, err = run("check", url, *SMOKE, "--report-dir", folder)
    says = f"packages of the extra {extra} are missing; in the repository, run pip install"
    assert (code, out, err) == (2, "", f"ruangkerja check: {says} '.[{extra}]'\n")
    assert conclusion(folder) == f"2 error: {err.strip()}"


def test_a_report_that_cannot_be_made_ends_with_4_and_no_report_has_a_verdict(
    run: Run, folder: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(run_reports.PAGES, "report.html", fail)
    code, _, err = run("check", url, *SMOKE, "--report-dir", folder)
    assert code == 4
    assert "Traceback" not in err
    assert conclusion(folder).startswith("4 error: error ZeroDivisionError of the tool at request ")
    assert (folder / "exchanges.har").exists()


def test_a_full_disk_ends_with_4_and_names_the_file(
    run: Run, folder: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_full(path: Path, _: str, **_how: bool) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(run_reports, "write_file", is_full)
    code, _, err = run("check", url, *SMOKE, "--report-dir", folder)
    assert code == 4
    why = f"{folder / 'report.json'}: No space left on device"
    assert err.startswith(f"error: {why}; this says nothing about the server")
    assert conclusion(folder).startswith(f"4 error: {why} at request ")


def test_a_disk_that_gets_full_ends_the_run_and_keeps_what_was_sent(
    run: Run, folder: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = recording.Recording._line

    def soon_full(self: recording.Recording, exchange: Exchange) -> str:
        if exchange.number == 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        return line(self, exchange)

    monkeypatch.setattr(recording.Recording, "_line", soon_full)
    monkeypatch.setattr(recording.har, "write", with_room_for(2))
    code, _, err = run("check", url, *SMOKE, "--report-dir", folder)
    part = folder / "exchanges.ndjson.part"
    assert code == 4
    assert err.startswith(f"error: {part}: No space left on device; this says nothing about the s")
    assert conclusion(folder).startswith(f"4 error: {part}: No space left on device at request ")
    assert not part.exists()
    assert entries(folder) == 2


def test_a_disk_without_room_for_the_recording_has_what_fits(
    run: Run, folder: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording.har, "write", with_room_for(5))
    code, _, err = run("check", url, *SMOKE, "--report-dir", folder)
    assert code == 4
    assert err.startswith(f"error: {folder / 'exchanges.har'}: No space left on device; this says")
    assert not (folder / "exchanges.ndjson.part").exists()
    assert entries(folder) == 5


def with_room_for(most: int) -> Callable[..., None]:
    write = recording.har.write

    def writing(file: TextIO, lines: Iterable[str], *about: Any) -> None:
        lines = list(lines)
        if len(lines) > most:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(file, lines, *about)

    return writing


def entries(folder: Path) -> int:
    return len(json.loads((folder / "exchanges.har").read_text())["log"]["entries"])


def test_a_folder_that_cannot_be_written_ends_with_4_before_the_first_request(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_read_only(path: Path, _: str, **_how: bool) -> NoReturn:
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    monkeypatch.setattr(reports, "write", is_read_only)
    monkeypatch.setenv("TMPDIR", "/nowhere")
    backend = Backend()
    with serving(backend) as url:
        code, out, err = run("check", url, *SMOKE, "--report-dir", tmp_path)
    assert (code, out, backend.asked) == (4, "", [])
    assert err.startswith(f"error: {tmp_path / 'junit.xml'}: Read-only file system; ")


def test_a_recording_in_the_report_folder_can_be_audited_there(
    run: Run, url: str, tmp_path: Path
) -> None:
    har = tmp_path / "exchanges.har"
    assert run("check", url, *SMOKE, "--report-dir", tmp_path)[0] == 0
    recorded = har.read_text()
    for option, code in (("--unheard-of", 2), ("--show-data", 0)):
        assert run("audit", har, "--report-dir", tmp_path, option)[0] == code
    assert har.read_text() == recorded


def test_a_folder_that_vanishes_is_made_again(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "reports"

    def change(asked: Asked, answer: Answer) -> Answer:
        if asked.count == 3:
            folder.rename(tmp_path / "elsewhere")
        return answer

    with serving(Backend(change=change)) as url:
        assert run("check", url, *SMOKE, "--report-dir", folder)[0] == 0
    assert {path.name for path in folder.iterdir()} == {*REPORTS, *RECORDED}


def test_in_github_actions_an_ending_is_one_annotation(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = tmp_path / "summary"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    _, out, _ = run("check", "http://127.0.0.1:1", "--token", TOKEN)
    [annotation] = out.splitlines()
    assert annotation.startswith("::error title=The run ended early::not judged: http://127")
    assert summary.read_text().startswith("## ❔ not judged: http://127")


def test_the_details_of_an_error_have_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGING_PASSWORD", "from-variable")
    arguments = ["check", "https://name:in-the-url@host", "--header", "X-Gate=in-a-header"]
    arguments += ["--token=in-the-token", "--timeout", "5", "--token-command", "print it"]
    said = "in-a-header aW4tdGhlLXRva2Vu in-the-t from-variable from-a-file in-the-url"
    error = RuntimeError(said)
    text = details_of([error], arguments, {"from-a-file"})
    shown = "https://***@host --header *** --token=*** --timeout 5 --token-command ***"
    assert f"Arguments: check {shown}\n" in text
    secrets = ("in-a-header", "in-the-t", "aW4tdGhl", "from-variable", "from-a-file", "print it")
    assert not any(secret in text for secret in secrets)


def test_a_long_error_shows_no_part_of_a_token() -> None:
    text = ending._told(ValueError(f"{TOKEN} " * 90), {TOKEN})
    assert "more…" in text
    assert TOKEN[:8] not in text


def test_an_error_in_a_thread_is_one_line(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(granian_server.Server, "run", fail)
    code, _, err = run("check", "--stub", "--report-dir", tmp_path)
    assert code == 4
    first, second = err.splitlines()
    assert first == "error in the background: ZeroDivisionError: a bug"
    assert second.startswith("error: AddressError: the stub does not respond; this says nothing a")
    assert "ZeroDivisionError: a bug" in (tmp_path / "error.txt").read_text()


class Broken(io.TextIOWrapper):
    """A stream that fails when it is written to."""

    def __init__(self, number: int) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8")
        self._number = number

    def write(self, _: str) -> NoReturn:
        raise OSError(self._number, os.strerror(self._number))


@pytest.mark.parametrize(
    ("number", "code"), [(errno.EPIPE, 0), (errno.EBADF, 0), (errno.ENOSPC, 4), (errno.EIO, 4)]
)
def test_output_that_is_missing_is_an_error_unless_nobody_reads_it(
    monkeypatch: pytest.MonkeyPatch, number: int, code: int
) -> None:
    monkeypatch.setattr(sys, "stdout", Broken(number))
    assert ending.run(_commands(), ["--version"]) == code


def test_a_closed_output_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert ending.run(_commands(), ["--version"]) == 0
    assert ending.run(_commands(), ["--unheard-of"]) == 2


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("cp1252", "é \\u2713 \\ud800"),
        ("ascii", "\\xe9 \\u2713 \\ud800"),
        ("utf-8", "é ✓ \\ud800"),
    ],
)
def test_output_that_cannot_be_encoded_is_escaped(encoding: str, written: str) -> None:
    data = io.BytesIO()
    output = Output(io.TextIOWrapper(data, encoding=encoding))
    output.write("é ✓ \ud800")
    output.flush()
    assert data.getvalue().decode(encoding) == written


def _commands() -> ending.Commands:
    from ruangkerja.cli import cli  # noqa: PLC0415 - as pytest replaces the streams first

    return cli  # type: ignore[return-value] # it is made with this class

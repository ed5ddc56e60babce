"""The commands as people use them: what they print, and how they end."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.helpers.backend import TOKEN, Answer, Asked, Backend, serving
from tests.helpers.recordings import course_page, entry, write

if TYPE_CHECKING:
    from pathlib import Path

Run = Callable[..., tuple[int, str, str]]
PATH = "/ruangkerja/dashboard/courses/C-100/online/users?page=1&pageSize=10"


def test_audit_ends_in_a_table_and_reports(run: Run, tmp_path: Path) -> None:
    har = write(tmp_path / "a.har", entry(), entry(page=2))
    folder = tmp_path / "reports"
    code, out, err = run("audit", har, "--report-dir", folder)
    assert (code, err) == (0, "")
    assert out.startswith("Checked https://staging.example.com against ")
    assert "(2 requests" in out.splitlines()[0]
    assert out.splitlines()[-1].startswith("conforming as far as covered: ")
    report = json.loads((folder / "report.json").read_text())
    assert report["summary"]["requests"] == 2
    assert report["configuration"]["files"] == [str(har)]


def test_audit_of_a_violation_fails(run: Run, tmp_path: Path) -> None:
    body = course_page()
    body["data"]["totalPage"] = 9
    code, out, _ = run("audit", write(tmp_path / "a.har", entry(body)))
    assert code == 1
    assert "PAGE-03 MUST failed" in out
    assert "(1 request in " in out.splitlines()[0]
    [many] = [line for line in out.splitlines() if "use the client in more ways" in line]
    assert re.match(r"(AUTH-\d\d, ){2}AUTH-\d\d and \d\d more: inconclusive, for \d\d ", many)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot be read: No such file or directory"),
        ("", "is not a HAR file: it is not even JSON"),
        ("[]", "is not a HAR file: it is not even JSON"),
    ],
)
def test_audit_of_no_har_file_is_one_line(
    run: Run, tmp_path: Path, text: str | None, said: str
) -> None:
    path = tmp_path / "a.har"
    if text is not None:
        path.write_text(text)
    code, _, err = run("audit", path)
    assert code == 2
    assert said in err.splitlines()[-1]


def test_audit_without_anything_of_the_contract_is_not_judged(run: Run, tmp_path: Path) -> None:
    har = write(tmp_path / "a.har", entry(url="https://example.com/"))
    code, _, err = run("audit", har)
    assert code == 3
    assert err.startswith("not judged: none of the 1 entries is for an operation of the contract")


@contextmanager
def proxying(url: str, *options: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "ruangkerja", "proxy", url, "--port", "0"]
    command += [str(option) for option in options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline()
        finally:
            process.kill()


def call(line: str) -> None:
    """Call the proxy that a first line names."""
    address = line.split(maxsplit=1)[0].removeprefix("http://").split(":")
    with socket.create_connection((address[0], int(address[1])), timeout=10) as connection:
        head = f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {TOKEN}\r\n"
        connection.sendall(f"{head}Connection: close\r\n\r\n".encode())
        while connection.recv(65_536):
            pass


OPTIONS = ("--no-cors", "--allowed-host", "dev.test", "--record-limit", 1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_proxy_ends_with_the_reports(tmp_path: Path, number: signal.Signals) -> None:
    def wrong(_: Asked, answer: Answer) -> Answer:
        answer.body["data"]["totalPage"] += 1
        return answer

    with (
        serving(Backend(change=wrong)) as url,
        proxying(url, *OPTIONS, "--report-dir", tmp_path / "reports") as (process, line),
    ):
        assert line.endswith(f" stands for {url}\n")
        call(line)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (1, "")
    lines = out.splitlines()
    assert lines[0].startswith("#1 PAGE-03 MUST C-100, page 1 at pageSize 10")
    assert lines[-1].startswith("not conforming: ")
    assert TOKEN not in out
    names = {path.name for path in (tmp_path / "reports").iterdir()}
    assert {"report.json", "junit.xml", "exchanges.har"} <= names


def test_what_the_proxy_recorded_is_audited_as_it_was_judged(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    with (
        serving(Backend(token=f"another {TOKEN}")) as url,
        proxying(url, "--report-dir", folder) as (process, line),
    ):
        call(line)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0, out

    code, _, err = run("verify", folder)
    assert code == 3
    assert f"`ruangkerja audit {folder / 'exchanges.har'}` judges its exchanges anew" in err
    # A token that the server rejected is not taken for a valid one, as that of a check is.
    code, out, _ = run("audit", folder / "exchanges.har")
    assert code == 0, out


def test_proxy_through_which_nothing_passed_is_not_judged() -> None:
    with proxying("http://127.0.0.1:9") as (process, _):
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 3
    assert out.splitlines()[-1].startswith("not judged: ")


def test_proxy_at_a_port_that_is_taken_is_one_line(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, _, err = run("proxy", "http://127.0.0.1:9", "--port", port)
    assert code == 2
    assert f"cannot listen on 127.0.0.1:{port}" in err.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("proxy", "staging"), "it does not start with http:// or https://"),
        (("proxy", "http://a", "--ca-file", "no-such"), "--ca-file no-such: No such file"),
        (("record", "http://a"), "a token is required"),
        (("record", "http://a", "--token", "t"), "name a course to record with --course"),
        (
            ("record", "http://a", "--token", "t", "--course", "A", "--course", "B", "--as", "C"),
            "--as can name only one course, but there are several to record",
        ),
    ],
)
def test_a_mistake_in_the_use_is_one_line(run: Run, arguments: tuple[str, ...], said: str) -> None:
    code, _, err = run(*arguments)
    assert code == 2
    assert said in err.splitlines()[-1]


def test_record_names_what_it_wrote(run: Run, tmp_path: Path) -> None:
    with serving(Backend({"C-7": 3})) as url:
        wanted = ("record", url, "--token", TOKEN, "--course", "C-7", "--to", tmp_path)
        assert run(*wanted)[0] == 0
        code, _, err = run(*wanted)
    assert (tmp_path / "c-7.yaml").exists()
    assert code == 2
    assert "c-7.yaml already exists, and is not overwritten; choose another folder" in err


def test_audit_judges_under_a_policy(run: Run, tmp_path: Path) -> None:
    har = write(tmp_path / "a.har", entry(), entry(page=99))
    assert run("audit", har)[0] == 0
    code, out, _ = run("audit", har, "--policy", "past-end-refuse")
    assert code == 1
    assert "Policy: past-end-refuse (a page after the last one is rejected)" in out
    assert "Accepted under --policy past-end-any or --policy past-end-empty" in out

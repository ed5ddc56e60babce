"""The command, from outside: against servers on loopback, with Locust in a process of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.mock.serve.server import MockServer
from tests.helpers.backend import OTHERS, TOKEN, Backend
from tests.helpers.gateway import Gateway
from tests.helpers.under_load import (
    UnderLoad,
    dry_pool,
    leak,
    mixing_cache,
    race,
    serving,
    slow,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Run
    from tests.helpers.authority import Authority

COURSES = {"C-100": 60, "C-101": 37, "C-102": 83}
PATH = "/ruangkerja/dashboard/courses/{courseSerial}/online/users"
NAMED = [f"--course={name}" for name in COURSES]


@pytest.fixture
def token(tmp_path: Path) -> str:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    return f"--token-file={file}"


@pytest.fixture
def more_tokens(tmp_path: Path) -> str:
    file = tmp_path / "tokens"
    file.write_text(f"{OTHERS}\n\n")
    return f"--more-tokens={file}"


def _report(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return found


def test_responses_that_are_slower_than_the_limit_fail_the_run(
    run: Run, tmp_path: Path, token: str
) -> None:
    with MockServer(tokens=(TOKEN,), latency=0.3) as stub:
        how = ("--users=8", "--spawn-rate=50", "--rate=0", "--time=1s", "--p99=100ms")
        code, out, err = run("load", stub.url, token, *how, "--report-dir", tmp_path / "r")
    assert code == 1, out + err
    said = "the 99th percentile of the response times is ([0-9]+) ms, the limit is 100 ms"
    found = re.search(said, out.splitlines()[-1])
    assert found is not None, out
    assert int(found[1]) >= 300
    report = _report(tmp_path / "r")
    load = report["load"]
    assert load["judged"] == load["total"]["requests"] >= 8
    assert load["total"]["failures"] == report["summary"]["failed"] == 0
    assert load["limit"] == 100
    assert 0 < load["judging"] < 1
    shown = [(tmp_path / "r" / name).read_text() for name in ("report.html", "summary.md")]
    assert all("limit 100 ms: exceeded" in text for text in shown)
    junit = (tmp_path / "r" / "junit.xml").read_text()
    assert 'name="response times keep the limit"' in junit
    for file in (tmp_path / "r").iterdir():
        assert TOKEN not in file.read_text(), file.name


def test_users_show_the_certificate_that_a_server_asks_for(
    run: Run, tmp_path: Path, token: str, authority: Authority
) -> None:
    files = ("--cert", authority.file("client.pem"), "--key", authority.file("client.key"))
    how = (token, "--users=2", "--time=1s", "--ca-file", authority.ca, "--report-dir", tmp_path)
    with (
        MockServer(tokens=(TOKEN,)) as stub,
        Gateway(stub.url, tls=authority.server(asks=True)) as gateway,
    ):
        code, out, err = run("load", gateway.url, *how, *files)
        assert code == 0, out + err
        assert _report(tmp_path)["load"]["total"]["failures"] == 0
        code, _, err = run("load", gateway.url, *how)
    assert code == 3
    assert "--cert" in err


@pytest.mark.parametrize("url", ["http://example.com", "https://10.0.0.8/api"])
def test_no_load_is_sent_to_a_server_that_is_not_said_to_be_ones_own(
    run: Run, token: str, url: str
) -> None:
    code, _, err = run("load", url, token)
    assert code == 2
    assert "is not on this machine" in err
    assert "--mine" in err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--time=5"], ""),
        (["--time=soon"], "'soon' is no duration above 0; use 500ms, 30s, 5m or 1h"),
        (["--time=25h"], "is no duration"),
        (["--p99=0ms"], "is no duration"),
        (["--master", "--worker"], "use one of the two"),
        (["--master", "--processes=2"], "leave out --master"),
        (["--path=nothing=1"], "use NAME=VALUE with a path parameter"),
        (["--more-tokens=missing"], "cannot be read: No such file"),
    ],
)
def test_what_cannot_be_run_is_one_message(
    run: Run, token: str, options: list[str], message: str
) -> None:
    code, _, err = run("load", "http://127.0.0.1:1", token, *options)
    assert code == (2 if message else 3)
    assert (message or "not judged: http://127.0.0.1:1 does not respond") in err


def test_a_token_that_opens_nothing_is_not_judged(run: Run, token: str, more_tokens: str) -> None:
    with MockServer(tokens=("another",)) as stub:
        code, _, err = run("load", stub.url, token)
    assert code == 3
    assert "not judged: the token was rejected" in err
    with MockServer(tokens=(TOKEN,)) as stub:
        code, _, err = run("load", stub.url, token, more_tokens)
    assert code == 3
    assert "(with token 2 of 2)" in err


@pytest.mark.parametrize("how", [["--web-port"], ["--master", "--port"]], ids=["page", "master"])
def test_a_port_that_is_taken_is_one_message(run: Run, token: str, how: list[str]) -> None:
    *flags, port = how
    with MockServer(tokens=(TOKEN,)) as stub:
        taken = stub.url.rpartition(":")[2]
        code, _, err = run("load", stub.url, token, *flags, f"{port}={taken}")
    assert code == 2
    assert err.endswith(f"Error: cannot listen on 127.0.0.1:{taken}: Address already in use\n")


@pytest.mark.parametrize("wrong", [["--no-such-option"], ["--stop-timeout"], ["--users=some"]])
def test_options_that_locust_refuses_are_wrong_usage(
    run: Run, token: str, wrong: list[str]
) -> None:
    with MockServer(tokens=(TOKEN,)) as stub:
        code, _, err = run("load", stub.url, token, "--time=1s", "--", *wrong)
    assert code == 2, err
    assert wrong[0].partition("=")[0] in err
    assert err.endswith("Error: Locust refused the options that follow --\n")


def test_a_file_that_locust_cannot_write_is_one_line_and_loses_no_results(
    run: Run, tmp_path: Path, token: str
) -> None:
    (tmp_path / "file").write_text("")
    how = ("--users=2", "--spawn-rate=50", "--time=1s", "--report-dir", tmp_path / "r")
    with MockServer(tokens=(TOKEN,)) as stub:
        html = ("--html", tmp_path / "file" / "x.html")
        code, out, err = run("load", stub.url, token, *how, "--", *html)
    assert code == 0, out + err
    assert f"Locust: {tmp_path / 'file'}: " in err
    assert "Traceback" not in err
    assert "Locust ended with exit code 1, so files of its own may be missing" in out
    assert _report(tmp_path / "r")["load"]["judged"] >= 2


@pytest.mark.long
@pytest.mark.timeout(240)
def test_a_test_that_ends_while_users_still_start_is_over_in_time(
    run: Run, tmp_path: Path, token: str
) -> None:
    how = ("--users=40", "--spawn-rate=4", "--time=3s", "--processes=2")
    with MockServer(tokens=(TOKEN,)) as stub:
        code, out, err = run("load", stub.url, token, *how, "--report-dir", tmp_path / "r")
    assert code == 0, out + err
    assert "Timeout waiting for all workers to stop" not in err
    assert 0 < _report(tmp_path / "r")["load"]["judged"] < 120


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--host=nowhere"], "it does not start with http:// or https://"),
        (["--host=http://example.com"], "say so with mine = True in the user class"),
        ([], "name the server with --host"),
    ],
)
def test_plain_locust_says_in_one_line_what_it_cannot_use(
    tmp_path: Path, options: list[str], message: str
) -> None:
    file = tmp_path / "locustfile.py"
    base = "from ruangkerja.traffic.load.process.users import ContractUser"
    file.write_text(f"{base}\nclass Reader(ContractUser): pass\n")
    command = [sys.executable, "-P", "-m", "locust", "-f", str(file), "--headless", "-L", "ERROR"]
    ended = subprocess.run(
        [*command, *options],
        env={**os.environ, "RUANGKERJA_TOKEN": TOKEN},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1), ended.stderr
    assert message in ended.stderr


def test_requests_of_other_users_of_plain_locust_are_not_missed(tmp_path: Path) -> None:
    file, folder = tmp_path / "locustfile.py", tmp_path / "r"
    file.write_text(
        "from locust import FastHttpUser, constant, task\n"
        "from ruangkerja.traffic.load.process.users import ContractUser\n"
        f"class Reader(ContractUser):\n    report_dir = {str(folder)!r}\n"
        "class Other(FastHttpUser):\n    wait_time = constant(0.1)\n"
        "    @task\n    def look(self): self.client.get('/elsewhere')\n"
    )
    command = [sys.executable, "-P", "-m", "locust", "-f", str(file), "--headless", "-L", "ERROR"]
    with MockServer(tokens=(TOKEN,)) as stub:
        ended = subprocess.run(
            [*command, "--host", stub.url, "--users=4", "--spawn-rate=20", "--run-time=1s"],
            env={**os.environ, "RUANGKERJA_TOKEN": TOKEN},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert "/elsewhere" in ended.stderr
    assert "conforming as far as covered: " in ended.stdout, ended.stderr
    load = _report(folder)["load"]
    assert [each["path"] for each in load["operations"]] == [PATH]
    assert load["total"]["requests"] == load["operations"][0]["requests"] == load["judged"] >= 2
    assert load["failures"] == []


@pytest.mark.long
@pytest.mark.timeout(240)
@pytest.mark.parametrize("workers", ["--processes=3", "--processes=1"])
def test_every_response_of_a_conforming_server_is_judged_and_none_is_blamed(
    run: Run, tmp_path: Path, token: str, workers: str
) -> None:
    server = UnderLoad({TOKEN: Backend(dict(COURSES), shared=True)}, enrols=0.05)
    with serving(server) as url:
        how = ("--users=12", "--spawn-rate=50", "--rate=120", "--time=10s", "--p99=20s", workers)
        code, out, err = run("load", url, token, *NAMED, *how, "--report-dir", tmp_path / "r")
    assert code == 0, out + err
    load = _report(tmp_path / "r")["load"]
    assert load["judged"] == load["total"]["requests"] > 100
    assert load["total"]["failures"] == 0
    assert f"--processes={load['workers']}" == workers


FAULTS = {
    "a race": ({"fault": race(500)}, ["PAGE-12"]),
    "a cache that mixes users": ({"fault": mixing_cache(50)}, ["HTTP-06"]),
    "a pool that runs dry": ({"fault": dry_pool(40)}, ["ERR-07"]),
    "a leak": ({"fault": leak(60)}, ["HTTP-06"]),
    "a slow server": ({"slow": slow(30, 2.0)}, []),
}


@pytest.mark.long
@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_that_only_load_shows_is_found(
    run: Run, tmp_path: Path, token: str, more_tokens: str, name: str
) -> None:
    changed, wanted = FAULTS[name]
    others = Backend({"C-100": 30, "C-101": 47, "C-102": 90}, token=OTHERS)
    backends = {TOKEN: Backend(dict(COURSES), shared=True), OTHERS: others}
    server = UnderLoad(backends, **changed)
    with serving(server) as url:
        how = ("--users=80", "--spawn-rate=80", "--rate=0", "--time=12s", "--p99=1500ms")
        all_of_it = (url, token, more_tokens, *NAMED, *how, "--report-dir", tmp_path / "r")
        code, out, err = run("load", *all_of_it)
    assert code == 1, out + err
    failed = [r["id"] for r in _report(tmp_path / "r")["rules"] if r["verdict"] == "failed"]
    assert set(wanted) <= set(failed)
    assert bool(failed) == bool(wanted)

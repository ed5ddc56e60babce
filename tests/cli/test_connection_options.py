"""The commands reach a server behind a gateway with the options for that."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.helpers.backend import TOKEN, Backend, serving
from tests.helpers.gateway import Gateway, Refused, login, requiring

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.conftest import Run
    from tests.helpers.authority import Authority

SECRET = "gate-4711-0815"  # noqa: S105 - it opens a gate of these tests
BLOCKED = Refused("403 Forbidden")


def test_a_check_shows_how_it_was_connected_without_secrets(
    run: Run, tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUANGKERJA_HEADER_X_GATE", SECRET)
    gate = requiring(f"X-Gate: {SECRET}".encode(), BLOCKED)
    ca = authority.ca
    tls = authority.server()
    with serving(Backend()) as url, Gateway(url, gate, tls) as gateway:
        code, out, err = run(
            *("check", gateway.url, "--course", "C-100", "--profile", "smoke"),
            *("--token-command", f"echo {TOKEN}", "--header", "X-Gate", "--ca-file", ca),
            *("--wait", 5, "--report-dir", tmp_path),
        )
    assert code == 0, out + err
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["configuration"]["ca_file"] == str(ca)
    texts = [out, err, *(path.read_text() for path in tmp_path.iterdir() if path.is_file())]
    assert [secret for secret in (SECRET, TOKEN) if any(secret in text for text in texts)] == []


def test_a_gate_that_stays_closed_is_not_judged(run: Run) -> None:
    gate = requiring(b"X-Gate: other", BLOCKED)
    with serving(Backend()) as url, Gateway(url, gate) as gateway:
        code, _, err = run(
            *("check", gateway.url, "--course", "C-100", "--token", TOKEN),
            *("--header", f"X-Gate={SECRET}"),
        )
    assert code == 3
    assert "a firewall or gateway blocks the request" in err
    assert SECRET not in err


def test_a_course_is_recorded_through_a_gate(run: Run, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text(f"{SECRET}\n")
    gate = requiring(b"Authorization: " + login("tester", SECRET), BLOCKED)
    with serving(Backend()) as url, Gateway(url, gate) as gateway:
        code, out, err = run(
            *("record", gateway.url, "--course", "C-100", "--token", TOKEN, "--rate", 1000),
            *("--basic", f"tester:{password}", "--to", tmp_path / "made"),
        )
    assert code == 0, err
    assert out.strip().endswith(".yaml")

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ruangkerja.mock.serve.server import MockServer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Run

TOKEN = "a-token-of-this-test"  # noqa: S105 - of the stub
QUICK = ("--users=4", "--spawn-rate=50", "--rate=60", "--time=2s")


@pytest.fixture
def token(tmp_path: Path) -> str:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    return f"--token-file={file}"


def _report(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "report.json").read_text())
    return found


def test_every_response_of_a_conforming_server_is_judged_and_none_is_blamed(
    run: Run, tmp_path: Path, token: str
) -> None:
    with MockServer(tokens=(TOKEN,)) as stub:
        code, out, err = run(
            "load", stub.url, token, *QUICK, "--p99=5s", "--report-dir", tmp_path / "r"
        )
    assert code == 0, out + err
    report = _report(tmp_path / "r")
    load = report["load"]
    assert isinstance(load, dict)
    assert load["judged"] == load["total"]["requests"] > 20
    assert load["total"]["failures"] == 0
    assert 0 < load["judging"] < 1
    assert "99th percentile" in out
    assert "limit 5 s: kept" in out
    assert TOKEN not in (tmp_path / "r" / "report.json").read_text()


@pytest.mark.parametrize("url", ["http://example.com", "https://10.0.0.8/api"])
def test_no_load_is_sent_to_a_server_that_is_not_said_to_be_ones_own(
    run: Run, token: str, url: str
) -> None:
    code, _, err = run("load", url, token)
    assert code == 2
    assert "is not on this machine" in err
    assert "--mine" in err

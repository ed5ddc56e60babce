"""A second list, added to the contract in YAML alone, is recorded and judged like the first."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.judging.judge import JudgeOptions
from ruangkerja.mock.serve.server import MockServer
from ruangkerja.spec import contract as contracts
from ruangkerja.traffic.proxy.serve import Proxy, ProxyConfig
from ruangkerja.traffic.recording.audit import AuditConfig as Audit
from ruangkerja.traffic.recording.audit import audit
from ruangkerja.traffic.recording.record import RecordConfig as Recording
from ruangkerja.traffic.recording.record import record
from tests.helpers.recordings import entry
from tests.helpers.recordings import write as write_har
from tests.helpers.two_lists import write

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.spec.contract import Contract

PATH = "/ruangkerja/dashboard/teams/TEAM-7/members?offsetPage=1&limit=5"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    return contracts.load(write(tmp_path_factory.mktemp("contract") / "openapi.yaml"))


def got(url: str, token: str) -> bytes:
    target = Target.parse(url)
    connection = http.client.HTTPConnection(target.host, target.port, timeout=10)
    try:
        connection.request("GET", PATH, headers={"Authorization": token})
        return connection.getresponse().read()
    finally:
        connection.close()


def test_a_second_list_is_judged_as_it_passes_and_from_a_recording(
    both: Contract, tmp_path: Path
) -> None:
    with MockServer(both, any_token=True) as server:
        config = ProxyConfig(both, Target.parse(server.url))
        with Proxy(config, JudgeOptions(passive=True)) as proxy:
            body = got(proxy.url, "Tk-1234567890")
    run = proxy.conclude()
    assert (run.exit, run.requests) == (0, 1)
    text = {"size": len(body), "mimeType": "application/json", "text": body.decode()}
    har = write_har(tmp_path / "a.har", entry(url=f"https://h.example.com{PATH}", content=text))
    audited = audit(Audit(both, [har]), JudgeOptions())
    assert (audited.exit, audited.requests) == (0, 1)


def test_a_second_list_is_written_down(both: Contract, tmp_path: Path) -> None:
    with MockServer(both, any_token=True) as server:
        lists = {"teamCode": ("TEAM-7",)}
        target = Target.parse(server.url)
        [file] = record(Recording(both, target, "token", lists, tmp_path, rate=None), print)
        original = got(server.url, "token")
    assert 'teamCode: "TEAM-7"' in file.read_text()
    with MockServer(both, any_token=True, fixtures=(tmp_path,)) as server:
        assert len(got(server.url, "token")) == len(original)

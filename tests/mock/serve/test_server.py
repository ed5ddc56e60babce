from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from ruangkerja.mock.access.loopback import is_loopback
from ruangkerja.mock.serve.listening import AddressError
from ruangkerja.mock.serve.server import MockServer

if TYPE_CHECKING:
    from pathlib import Path

TARGET = "/ruangkerja/dashboard/courses/COURSE-EXAMPLE1/online/users?page=1&pageSize=10"

SERVE = """
import fcntl, sys
from ruangkerja.mock.serve.foreground import serve
from ruangkerja.mock.settings import Log, Settings
fcntl.fcntl(2, fcntl.F_SETPIPE_SZ, 4096)
settings = Settings(workers=int(sys.argv[1]), log=Log.TEXT, latency=0.002)
sys.exit(serve(settings, lambda url: print(url, flush=True)))
"""


def get(url: str, path: str = TARGET) -> tuple[int, bytes]:
    parts = urlsplit(url)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    try:
        connection.request("GET", parts.path + path, headers={"Authorization": "access_token"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_it_answers_as_soon_as_it_is_entered() -> None:
    with MockServer() as server:
        status, body = get(server.url)
    assert status == 200
    assert b"JOHNILXV3QAJJEL3" in body


def test_it_ends_at_once_with_a_connection_open() -> None:
    with MockServer(latency=30.0) as server:
        parts = urlsplit(server.url)
        connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=10)
        connection.request("GET", TARGET)
        began = time.monotonic()
    assert time.monotonic() - began < 5
    connection.close()
    assert not any(t.name == "ruangkerja-mock" for t in threading.enumerate())


def test_a_taken_port_is_said_in_one_line() -> None:
    with MockServer() as server:
        port = urlsplit(server.url).port
        with pytest.raises(AddressError) as caught, MockServer(port=port):
            pass
    assert str(port) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_base_path_of_the_contract_is_kept(tmp_path: Path, root: Path) -> None:
    text = (root / "spec" / "openapi.yaml").read_text(encoding="utf-8")
    spec = tmp_path / "openapi.yaml"
    spec.write_text(text.replace("https://api.ruangkerja.id", "https://api.ruangkerja.id/v2"))
    with MockServer(spec) as server:
        assert server.url.endswith("/v2")
        assert get(server.url)[0] == 200
        assert get(server.url.removesuffix("/v2"))[0] == 404


@pytest.mark.skipif(sys.platform != "linux", reason="the pipe of the log is made smaller")
@pytest.mark.parametrize(("workers", "number"), [(1, signal.SIGHUP), (2, signal.SIGTERM)])
def test_nobody_reads_its_log_and_a_signal_ends_it_when_all_have_their_responses(
    workers: int, number: signal.Signals
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(workers)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "default"},
    )
    assert process.stdout is not None
    parts = urlsplit(process.stdout.readline().strip())
    connections = [http.client.HTTPConnection(parts.netloc, timeout=5) for _ in range(4)]
    for turn in range(40):
        for connection in connections:
            connection.request(
                "GET", f"{TARGET}&turn={turn}", headers={"Authorization": "access_token"}
            )
        bodies = {connection.getresponse().read() for connection in connections}
        assert len(bodies) == 1
    slow, stream, *_ = connections
    stream.request("GET", "/-/events")
    events = stream.getresponse()
    assert events.status == 200
    slow.request("GET", TARGET, headers={"Authorization": "access_token", "Prefer": "delay=400"})
    time.sleep(0.1)
    process.send_signal(number)
    assert events.read().count(b"data:") >= 1
    assert slow.getresponse().status == 200
    output, errors = process.communicate(timeout=5)
    for connection in connections:
        connection.close()
    assert (process.returncode, output) == (number, "")
    assert "Traceback" not in errors


def test_only_this_machine_is_loopback() -> None:
    assert [is_loopback(h) for h in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "10.0.0.1")] == [  # noqa: S104
        True,
        True,
        True,
        False,
        False,
    ]

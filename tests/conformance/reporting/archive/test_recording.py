from __future__ import annotations

import base64
import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from ruangkerja.conformance.http.exchange import Exchange, Failure, FailureKind, Request, Response
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.reporting.archive import har
from ruangkerja.conformance.reporting.archive.recording import PART, WHOLE, Recording
from ruangkerja.conformance.reporting.run.model import NotJudgedError
from tests.helpers.backend import TOKEN, Answer, Asked, Backend, error, serving
from tests.helpers.running import run

if TYPE_CHECKING:
    from pathlib import Path

TARGET = Target.parse("https://staging.example.com/api")

TEXT = {"type": "string"}
SIZE = {"type": "integer", "minimum": -1}
PAIRS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["name", "value"],
        "properties": {"name": TEXT, "value": TEXT},
    },
}


def members(**required: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": required}


# What HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/) requires.
HAR = members(
    log=members(
        version={"const": "1.2"},
        creator=members(name=TEXT, version=TEXT),
        entries={
            "type": "array",
            "items": members(
                startedDateTime={"type": "string", "format": "date-time"},
                time={"type": "number", "minimum": 0},
                request=members(
                    method=TEXT,
                    url={"type": "string", "format": "uri"},
                    httpVersion=TEXT,
                    cookies=PAIRS,
                    headers=PAIRS,
                    queryString=PAIRS,
                    headersSize=SIZE,
                    bodySize=SIZE,
                ),
                response=members(
                    status={"type": "integer"},
                    statusText=TEXT,
                    httpVersion=TEXT,
                    cookies=PAIRS,
                    headers=PAIRS,
                    content=members(size=SIZE, mimeType=TEXT),
                    redirectURL=TEXT,
                    headersSize=SIZE,
                    bodySize=SIZE,
                ),
                cache={"type": "object"},
                timings=members(
                    send={"type": "number", "minimum": 0},
                    wait={"type": "number", "minimum": 0},
                    receive={"type": "number", "minimum": 0},
                ),
            ),
        },
    )
)


def entries(folder: Path) -> list[dict[str, Any]]:
    found = json.loads((folder / WHOLE).read_text())
    jsonschema_rs.Draft202012Validator(HAR, validate_formats=True).validate(found)
    return list(found["log"]["entries"])


def exchange(number: int = 1, target: bytes = b"/api/x?page=1", body: bytes = b"{}") -> Exchange:
    headers = (("Content-Type", "application/json"), ("Location", "/there"))
    response = Response(200, "OK", "HTTP/1.1", headers, body, len(body))
    return Exchange(number, Request("GET", target), response, None, 1774000000.25, 0.125, "why")


def test_a_recording_has_a_limit(tmp_path: Path) -> None:
    exchange = Exchange(1, Request("GET", b"/a", ()), None, Failure(FailureKind.TIMEOUT, "-"), 0, 0)
    with Recording(tmp_path, TARGET, most=2000) as recording:
        for _ in range(10):
            recording.add(exchange)
    entries = json.loads((tmp_path / WHOLE).read_text())["log"]["entries"]
    assert 0 < len(entries) < 10
    assert recording.left_out == 10 - len(entries)
    assert len(json.dumps(entries)) < 2000 + 2 * len(entries)


def test_a_run_leaves_every_exchange_as_har(tmp_path: Path) -> None:
    backend = Backend()
    result = run(backend, report_dir=tmp_path)
    found = entries(tmp_path)
    assert len(found) == len(backend.asked) == len(result.evidence.exchanges)
    assert [each["_number"] for each in found] == list(range(1, len(found) + 1))
    first = found[0]
    assert json.loads(first["response"]["content"]["text"])["status"] == "success"
    assert first["request"]["queryString"] == [
        {"name": "page", "value": "1"},
        {"name": "pageSize", "value": "10"},
    ]
    assert TOKEN not in (tmp_path / WHOLE).read_text()
    assert not (tmp_path / PART).exists()


def test_an_entry_has_what_was_on_the_wire() -> None:
    found = har.entry(exchange(), TARGET)
    assert found["startedDateTime"] == "2026-03-20T09:46:40.250+00:00"
    assert found["time"] == sum(found["timings"].values()) == 125
    assert found["request"]["url"] == "https://staging.example.com/api/x?page=1"
    assert found["response"]["redirectURL"] == "/there"
    assert found["_note"] == "why"
    assert "_target" not in found["request"]


def test_a_url_that_is_none_is_tidied_up_and_kept_beside_it() -> None:
    found = har.entry(exchange(target=b"/api/\x00\xff?a=%zz|"), TARGET)
    assert found["request"]["url"] == "https://staging.example.com/api/%00%FF?a=%25zz%7C"
    assert found["request"]["_target"].encode("latin-1") == b"/api/\x00\xff?a=%zz|"


def test_a_body_that_is_no_text_is_base64() -> None:
    content = har.entry(exchange(body=b"\xff\x00"), TARGET)["response"]["content"]
    assert content["encoding"] == "base64"
    assert base64.b64decode(content["text"]) == b"\xff\x00"


def test_a_request_without_an_answer_is_an_entry_too(tmp_path: Path) -> None:
    failed = Exchange(
        1, Request("POST", b"/", (), b"{}"), None, Failure(FailureKind.TIMEOUT, "late"), 0.0, 9.0
    )
    with Recording(tmp_path, TARGET, lambda each: each) as recording:
        recording.add(failed)
    (found,) = entries(tmp_path)
    assert found["response"]["status"] == 0
    assert found["_failure"] == {"kind": "timeout", "message": "late", "status": None}
    assert found["request"]["postData"] == {"mimeType": "", "text": "{}"}


def test_every_exchange_is_on_disk_when_it_is_over(tmp_path: Path) -> None:
    with Recording(tmp_path, TARGET, lambda each: each) as recording:
        for number in (1, 2):
            recording.add(exchange(number))
            lines = (tmp_path / PART).read_text().splitlines()
            assert [json.loads(line)["_number"] for line in lines] == list(range(1, number + 1))
    assert len(entries(tmp_path)) == 2


def test_a_run_that_cannot_be_judged_leaves_what_was_exchanged(tmp_path: Path) -> None:
    def refuse(_: Asked, answer: Answer) -> Answer:
        return error(403, "Token is not valid") if answer.status == 200 else answer

    with pytest.raises(NotJudgedError):
        run(Backend(change=refuse), report_dir=tmp_path)
    assert {each["response"]["status"] for each in entries(tmp_path)} == {403}


def test_a_run_that_is_killed_leaves_lines_that_can_be_read(tmp_path: Path) -> None:
    def kill(asked: Asked, answer: Answer) -> Answer:
        if asked.count == 20:
            child.send_signal(signal.SIGKILL)
        return answer

    with serving(Backend(change=kill)) as url:
        command = [sys.executable, "-m", "ruangkerja", "check", url, "--course", "C-100"]
        more = ["--token", TOKEN, "--report-dir", str(tmp_path), "--jobs", "1"]
        child = subprocess.Popen([*command, *more], stdout=subprocess.DEVNULL)
        child.wait(60)
    lines = (tmp_path / PART).read_text().splitlines()
    assert len(lines) == 19
    assert all(json.loads(line)["response"]["status"] for line in lines)
    assert not (tmp_path / WHOLE).exists()

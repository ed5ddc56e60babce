"""Recordings are judged as a server is, as far as they go."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.judging.judge import JudgeOptions
from ruangkerja.conformance.reporting.run.model import NotJudgedError
from ruangkerja.spec import contract as contracts
from ruangkerja.traffic.batches import Batches
from ruangkerja.traffic.recording import audit as audits
from ruangkerja.traffic.recording.audit import AmbiguousError, AuditConfig, audit
from ruangkerja.traffic.recording.har_file import NotHarError
from tests.helpers import running
from tests.helpers.backend import Answer, Asked, Backend
from tests.helpers.recordings import HOST, PATH, base64_of, course_page, entry, rejected, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ruangkerja.conformance.reporting.run.model import Run

CONTRACT = contracts.load()
OLD = "Tk-old-12345678"
# The check knows which courses exist: a serial made from one of them is that of no course, and two
# of them have users of their own. Recorded requests do not tell that.
LEFT_OPEN = {"PATH-04", "PATH-05"}


def judge(*files: Path, report_dir: Path | None = None, **config: Any) -> Run:
    return audit(AuditConfig(CONTRACT, files, **config), JudgeOptions(report_dir=report_dir))


def results(run: Run) -> dict[str, tuple[str, int]]:
    return {v.requirement.id: (v.outcome.value, v.count) for v in run.verdicts}


def messages(run: Run) -> str:
    return "\n".join(f.message for v in run.verdicts for f in v.findings)


def conforming(_: Asked, answer: Answer) -> Answer:
    return answer


def one_page_too_many(_: Asked, answer: Answer) -> Answer:
    if answer.status == 200:
        answer.body["data"]["totalPage"] += 1
    return answer


def somebody_twice(asked: Asked, answer: Answer) -> Answer:
    if answer.status == 200 and asked.page == 2:
        items = answer.body["data"]["items"]
        answer.body["data"]["items"] = [*items[:-1], items[0]]
    return answer


def every_token_is_fine(_: Asked, answer: Answer) -> Answer:
    return Answer(200, course_page()) if answer.status == 403 else answer


def errors_as_successes(_: Asked, answer: Answer) -> Answer:
    return Answer(200, answer.body, answer.headers) if answer.status == 400 else answer


def no_json(asked: Asked, answer: Answer) -> Answer:
    if asked.page == 3:
        answer.raw = b"<html>Gateway</html>"
    return answer


@pytest.mark.parametrize(
    "change",
    [
        conforming,
        one_page_too_many,
        somebody_twice,
        every_token_is_fine,
        errors_as_successes,
        no_json,
    ],
)
def test_the_suites_own_recording_is_judged_as_the_run_was(
    change: Callable[[Asked, Answer], Answer], tmp_path: Path
) -> None:
    checked = running.run(Backend(change=change), report_dir=tmp_path)
    audited = judge(tmp_path / "exchanges.har")
    found, expected = results(audited), results(checked)
    assert {found.pop(each) for each in LEFT_OPEN} == {("skipped", 0)}
    assert found == {id_: result for id_, result in expected.items() if id_ not in LEFT_OPEN}
    assert audited.exit is checked.exit


def test_a_serial_that_extends_another_may_be_that_of_a_course_with_the_same_users(
    tmp_path: Path,
) -> None:
    names = ("C-1", "C-1-7Q4Z", "7Q4Z-C-1", "C-", "C-_", "c-1")
    pages = [(name, page) for name in names for page in (1, 2, 3)]
    body = {page: course_page(page=page) for page in (1, 2, 3)}
    entries = [entry(body[page], course=name, page=page) for name, page in pages]
    run = judge(write(tmp_path / "a.har", *entries))
    found = results(run)
    assert len(body[1]["data"]["items"]) == 10
    assert {found[each] for each in LEFT_OPEN} == {("skipped", 0)}
    assert not [each for each, (outcome, _) in found.items() if outcome in {"failed", "warned"}]
    assert run.exit == 0


def test_what_a_browser_saved_is_judged_as_far_as_it_goes(tmp_path: Path) -> None:
    har = write(
        tmp_path / "browser.har",
        *(entry(page=page, at=page) for page in (1, 2, 3)),
        rejected(400, "pageSize is at most 100", size=101),
    )
    run = judge(har)
    found = results(run)
    assert run.exit == 0
    assert run.conclusion().startswith("conforming as far as covered")
    assert {found[each][0] for each in ("ENV-01", "PAGE-07", "PARAM-07", "ITEM-07")} == {"passed"}


def test_violations_in_a_recording_fail_it(tmp_path: Path) -> None:
    body = course_page()
    body["data"]["items"][3]["status"] = "done"
    run = judge(write(tmp_path / "a.har", entry(body)))
    assert run.exit == 1
    assert results(run)["ITEM-07"] == ("failed", 1)
    assert "C-1, page 1 at pageSize 10, row 4, field /data/items/3/status" in messages(run)


def test_a_recording_without_credentials_says_nothing_about_them(tmp_path: Path) -> None:
    run = judge(write(tmp_path / "a.har", entry(), rejected(401), rejected(403)))
    found = results(run)
    assert run.exit == 0
    assert {found[each][0] for each in ("AUTH-02", "AUTH-03", "AUTH-04")} == {"skipped"}
    assert found["AUTH-01"] == ("passed", 0)
    assert any("contains no credentials" in note for note in run.notes)


def test_a_missing_token_is_judged_where_others_were_kept(tmp_path: Path) -> None:
    kept = entry(headers={"authorization": "Tk-1234567890"})
    run = judge(write(tmp_path / "a.har", kept, entry()))
    assert results(run)["AUTH-02"][0] == "failed"


def test_what_a_proxy_recorded_has_lost_no_credentials(tmp_path: Path) -> None:
    har = write(tmp_path / "a.har", rejected(401), entry(), creator="mitmproxy")
    assert results(judge(har))["AUTH-02"] == ("failed", 1)
    assert results(judge(write(tmp_path / "b.har", rejected(401), creator="mitmproxy")))[
        "AUTH-02"
    ] == ("passed", 0)


def test_a_token_that_is_refused_is_no_fault_where_nobody_knows_it(tmp_path: Path) -> None:
    old = rejected(403, "Token is not valid", headers={"authorization": OLD})
    new = entry(headers={"authorization": "Tk-new-12345678"})
    assert judge(write(tmp_path / "a.har", old, new)).exit == 0
    run = judge(write(tmp_path / "b.har", old, new), token=OLD)
    assert results(run)["AUTH-01"][0] == "failed"
    assert results(run)["AUTH-03"][0] == "failed"


def test_a_course_nobody_knows_is_no_fault(tmp_path: Path) -> None:
    run = judge(write(tmp_path / "a.har", entry(), rejected(404, course="C-2")))
    assert results(run)["ENV-01"] == ("passed", 0)
    assert results(run)["PATH-01"] == ("passed", 0)
    run = judge(write(tmp_path / "b.har", entry(), rejected(404, page=2, at=1)))
    assert results(run)["ENV-01"] == ("failed", 1)


def test_lists_read_at_different_times_are_not_compared(tmp_path: Path) -> None:
    def grown(at: float) -> dict[str, Any]:
        return entry(course_page(total=26), page=1, at=at)

    soon = judge(write(tmp_path / "a.har", entry(), entry(page=2), grown(1), entry(page=1, at=2)))
    assert results(soon)["PAGE-08"][0] in {"failed", "passed", "inconclusive"}
    shuffled = course_page()
    shuffled["data"]["items"].reverse()
    late = judge(write(tmp_path / "b.har", entry(), entry(shuffled, at=3000)))
    assert results(late)["PAGE-09"][0] == "inconclusive"
    early = judge(write(tmp_path / "c.har", entry(), entry(shuffled, at=30)))
    assert results(early)["PAGE-09"][0] == "failed"


def test_what_does_not_show_the_answer_is_counted_and_left_alone(tmp_path: Path) -> None:
    run = judge(
        write(
            tmp_path / "a.har",
            entry(content=base64_of(course_page())),
            entry(url="https://cdn.example.com/app.js"),
            entry(url="data:text/plain,hello"),
            entry(url="wss://staging.example.com/socket"),
            entry(content={"size": 4000, "mimeType": "application/json"}, status=200),
            entry(status=0, body=b"", content={"size": 0}),
            entry(status=304, body=b"", content={"size": 0}),
            entry(_fromCache="disk"),
            entry(content={"text": "not base64!", "encoding": "base64"}),
            {"request": {"url": 5}},
            "no entry at all",
            None,
        )
    )
    assert run.exit == 0
    assert run.requests == 1
    [note] = [note for note in run.notes if note.startswith("skipped")]
    assert note == (
        "skipped 11 of 12 entries: 6 outside the contract, 1 without a complete response "
        "(blocked, cancelled or broken off), 2 from a cache or a service worker, 1 without the "
        "body, 1 with a mistake in the HAR format"
    )


WHOLE = json.dumps(course_page())


def test_bodies_that_playwright_stored_beside_the_recording_are_judged(tmp_path: Path) -> None:
    content = {"size": len(WHOLE), "mimeType": "application/json", "_file": "body.json"}
    har = write(tmp_path / "a.har", entry(page=2), entry(content=content), creator="Playwright")
    run = judge(har)
    assert (run.exit, run.requests) == (0, 1)
    assert "1 with the body in a file that is not beside the recording" in run.notes[0]
    (tmp_path / "body.json").write_text(WHOLE)
    assert judge(har).requests == 2
    (tmp_path / "body.json").write_text(WHOLE.replace("not_started", "not_stopped"))
    assert results(judge(har))["ITEM-07"][0] == "failed"


def given_up(error: str, size: int = 0, text: str | None = None) -> dict[str, Any]:
    """An entry as Chrome 156 saves it of an answer in chunks that was not read to its end."""
    content = {"size": size, "mimeType": "application/json"}
    found = entry(content=content if text is None else {**content, "text": text})
    found["response"] |= {"httpVersion": "HTTP/1.1", "bodySize": size, "_error": error}
    return found


def test_an_answer_that_a_page_did_not_wait_for_is_left_alone(tmp_path: Path) -> None:
    run = judge(
        write(
            tmp_path / "a.har",
            entry(),
            given_up("net::ERR_ABORTED"),
            given_up("net::ERR_ABORTED", size=500),
            given_up("net::ERR_INCOMPLETE_CHUNKED_ENCODING", size=507, text='{"status":"succ'),
            given_up("net::ERR_CONTENT_LENGTH_MISMATCH"),
        )
    )
    assert run.exit == 0
    [note] = [note for note in run.notes if note.startswith("skipped")]
    assert note.startswith("skipped 4 of 5 entries: 4 without a complete response")


def test_a_file_that_is_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    har = write(tmp_path / "a.har", entry(), entry(page=2), entry(page=3))
    text = har.read_text()
    har.write_text(text[: text.rindex('"headers"')])
    run = judge(har)
    assert (run.exit, run.requests) == (0, 2)
    assert f"{har} was read up to entry 2; after it, the file ends in the middle" in run.notes


def test_a_file_that_breaks_in_the_middle_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    har = write(tmp_path / "a.har", entry(), entry(page=2), entry(page=3))
    text = har.read_text()
    har.write_text(text[: text.index("page=3")] + '"oops' + text[text.index("page=3") :])
    run = judge(har)
    assert run.requests == 2
    assert any("was read up to entry 2; after it, a value is not JSON" in n for n in run.notes)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is not even JSON"),
        (b"<html>", "it is not even JSON"),
        (b"123:7:version;2:21#}", "mitmdump -nr"),
        (b"{", "the file ends in the middle"),
        (b'{"openapi": "3.0.3"}', "it has no log with entries"),
        (b'{"log": {"version": "1.2"}}', "it has no log with entries"),
        (b'{"log": {"entries": {}}}', "it has no log with entries"),
        (b'{"log": [{"entries": [1]}]}', "it has no log with entries"),
        (b'{"entries": [1]}', "it has no log with entries"),
    ],
)
def test_a_file_that_is_no_har_is_refused_with_what_would_be_right(
    content: bytes, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.har"
    path.write_bytes(content)
    with pytest.raises(NotHarError) as raised:
        judge(path)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_recording_without_the_contract_says_what_it_asks_for(tmp_path: Path) -> None:
    with pytest.raises(NotJudgedError) as raised:
        judge(write(tmp_path / "a.har", entry(url="https://example.com/api/users")))
    assert "none of the 1 entries is for an operation of the contract" in str(raised.value)
    assert "they request https://example.com/api/users" in str(raised.value)


def test_the_base_url_is_found_or_asked_for(tmp_path: Path) -> None:
    behind = entry(host="https://gateway.example.com/api/v2")
    har = write(tmp_path / "a.har", behind, behind)
    assert judge(har).target.url == "https://gateway.example.com/api/v2"
    both = write(tmp_path / "b.har", behind, behind, entry())
    with pytest.raises(AmbiguousError, match="--base-url") as raised:
        judge(both)
    assert "https://gateway.example.com/api/v2 (2), https://staging.example.com (1)" in str(
        raised.value
    )
    run = judge(both, base=Target.parse("https://staging.example.com:443/"))
    assert (run.exit, run.requests) == (0, 1)


def test_no_secret_of_the_recording_is_in_a_report(tmp_path: Path) -> None:
    token, cookie = "Tk-9a8b7c6d5e4f3a2b", "session-77aa66bb55"
    body = course_page()
    body["data"]["items"][0]["status"] = "done"
    sent = {"authorization": token, "cookie": f"sid={cookie}", "x-csrf-token": cookie}
    url = f"https://staging.example.com{'/ruangkerja/dashboard/courses/C-1/online/users'}"
    har = write(
        tmp_path / "a.har",
        entry(body, headers=sent, response_headers={"set-cookie": f"sid={cookie}"}),
        rejected(403, f"the token {token} is not valid", headers=sent),
        entry(body, url=f"{url}?page=1&pageSize=10&sessionToken={cookie}", headers=sent),
    )
    run = judge(har, report_dir=tmp_path)
    written = "".join(
        path.read_text(errors="replace") for path in tmp_path.iterdir() if path != har
    )
    assert results(run)["ITEM-07"][0] == "failed"
    assert results(run)["AUTH-08"][0] == "warned"
    assert written
    assert token not in written
    assert cookie not in written


def test_people_of_a_recording_are_not_named_in_a_report(tmp_path: Path) -> None:
    body = course_page()
    body["data"]["items"][0]["status"] = "done"
    body["data"]["items"][1]["user"]["name"] = 12
    body["data"]["items"][2]["Zebulon"] = {"status": "Zebulon"}
    message = {"errorCode": 1, "message": "Zebulon is unknown", "detail": "Zebulon"}
    headers = {"x-user": "Zebulon", "referer": "https://app.example/?user=Zebulon"}
    wrong = entry(message, page="Zebulon", status=400, headers=headers)
    redirected = entry({}, status=302, response_headers={"location": "/login?user=Zebulon"})
    asked = f"{HOST}{PATH.format(course='C-1', page=1, size=10)}&q=Zebulon"
    har = write(tmp_path / "a.har", entry(body), wrong, redirected, entry(page=1, url=asked))
    judge(har, report_dir=tmp_path)
    for name in ("report.json", "report.html", "junit.xml", "summary.md"):
        written = (tmp_path / name).read_text()
        assert re.search("Siti|USER0000|(?i:zebulon)", written) is None, name
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["summary"]["exit_code"] == 1


def test_with_complete_what_is_missing_leaves_the_run_open(tmp_path: Path) -> None:
    har = write(tmp_path / "a.har", entry())
    assert judge(har).exit == 0
    assert judge(har, complete=True).exit == 3


def test_a_long_recording_is_judged_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = course_page(page=2)
    wrong["data"]["items"][0]["status"] = "done"
    pages = [entry(page=1), entry(wrong, page=2), entry(page=3)] * 3
    har = write(tmp_path / "a.har", *pages)
    whole = judge(har)
    monkeypatch.setattr(audits, "Batches", _short)
    parts = judge(har)
    assert results(parts)["ITEM-07"] == results(whole)["ITEM-07"] == ("failed", 3)
    assert parts.requests == whole.requests == 9
    assert any("judged in 5 parts" in note for note in parts.notes)
    assert messages(parts).count("row 1, field /data/items/0/status") == 3


def _short(begin: Any, target: Any, judge_options: Any) -> Batches:
    return Batches(begin, target, judge_options, most_exchanges=2)


def renamed(**more: Any) -> dict[str, Any]:
    body = course_page()
    body["data"]["items"][3]["user"]["name"] = "Budi"
    body["data"]["items"][4]["timeSpent"] += 60
    return entry(body, **more)


@pytest.mark.parametrize(
    ("times", "found"),
    [((0, 1, 2), True), ((0, 3600, 7200), False), ((0, 0.001, 0.002), False), ((0, 1), False)],
)
def test_a_value_that_comes_back_at_once_disagrees_and_any_other_may_have_changed(
    tmp_path: Path, times: tuple[float, ...], found: bool
) -> None:
    entries = [renamed(at=at) if n == 1 else entry(at=at) for n, at in enumerate(times)]
    told = results(judge(write(tmp_path / "a.har", *entries)))
    assert told["PAGE-12"] == (("failed", 1) if found else ("passed", 0))
    assert told["PAGE-13"] == (("warned", 1) if found else ("passed", 0))

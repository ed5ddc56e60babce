"""Servers that differ from each other and conform all the same: none of them is called faulty."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.conformance.verdicts.verdict import Outcome
from tests.helpers.backend import Answer, Asked, Backend, Change, error, page_of, user
from tests.helpers.running import outcomes, run

if TYPE_CHECKING:
    from ruangkerja.conformance.reporting.run.model import Run


Rows = Callable[[dict[str, Any], int], None]


def is_list(answer: Answer) -> bool:
    return answer.status == 200 and isinstance(answer.body, dict) and "data" in answer.body


def in_body(change: Callable[[dict[str, Any], Asked], None]) -> Change:
    """A change of the body of every success."""

    def changed(asked: Asked, answer: Answer) -> Answer:
        if is_list(answer):
            answer = copy.deepcopy(answer)
            change(answer.body, asked)
        return answer

    return changed


def in_rows(change: Rows) -> Change:
    """A change of every row, which is told its place in the list from 0."""

    def changed(body: dict[str, Any], asked: Asked) -> None:
        for row, item in enumerate(body["data"]["items"]):
            change(item, (asked.page - 1) * asked.size + row)

    return in_body(changed)


def in_errors(change: Callable[[dict[str, Any]], None]) -> Change:
    def changed(_: Asked, answer: Answer) -> Answer:
        if answer.status >= 400:
            change(answer.body)
        return answer

    return changed


def set_to(*path: str, value: Any) -> Rows:
    def change(item: dict[str, Any], _: int) -> None:
        for part in path[:-1]:
            item = item[part]
        item[path[-1]] = value(item[path[-1]]) if callable(value) else value

    return change


def written(write: Callable[[Any], str]) -> Change:
    """Bodies are JSON in another spelling."""

    def changed(_: Asked, answer: Answer) -> Answer:
        answer.raw = write(answer.body).encode()
        return answer

    return changed


def strict_headers(status: int) -> Change:
    """The table of the document is taken by its word: all three headers are required."""

    def changed(asked: Asked, answer: Answer) -> Answer:
        if is_list(answer) and not {"accept", "content-type"} <= asked.headers.keys():
            return error(status, "header is missing")
        return answer

    return changed


def not_acceptable(asked: Asked, answer: Answer) -> Answer:
    return error(406, "only JSON") if asked.headers.get("accept") == "text/html" else answer


def empty_for_unknown(asked: Asked, answer: Answer) -> Answer:
    if answer.status == 404 and asked.size:
        return Answer(200, page_of(asked, 0, []))
    return answer


def one_page_when_empty(asked: Asked, answer: Answer) -> Answer:
    answer = empty_for_unknown(asked, answer)
    if is_list(answer) and answer.body["data"]["totalItems"] == 0:
        answer.body["data"]["totalPage"] = 1
    return answer


def huge_pages_refused(asked: Asked, answer: Answer) -> Answer:
    return error(400, "page is too large") if asked.page >= 2**31 else answer


def html_for_odd_paths(status: int) -> Change:
    def changed(asked: Asked, answer: Answer) -> Answer:
        if "%" in asked.path or ".." in asked.path or len(asked.path) > 200:
            page = b"<html><body><h1>nginx</h1></body></html>"
            return Answer(status, None, {"Content-Type": "text/html"}, page)
        return answer

    return changed


def long_paths_414(asked: Asked, answer: Answer) -> Answer:
    return error(414, "too long") if len(asked.path) > 1000 else answer


def html_for_methods(asked: Asked, answer: Answer) -> Answer:
    if asked.method != "GET":
        headers = {"Content-Type": "text/html", "Allow": "GET"}
        return Answer(405, None, headers, b"<h1>405</h1>")
    return answer


def methods_501(asked: Asked, answer: Answer) -> Answer:
    return error(501, "no such method") if asked.method not in {"GET", "HEAD"} else answer


def head_405(asked: Asked, answer: Answer) -> Answer:
    if asked.method == "HEAD":
        answer = error(405, "GET only")
        answer.headers["Allow"] = "GET"
    return answer


def busy_now_and_then(asked: Asked, answer: Answer) -> Answer:
    if asked.count % 40 == 0:
        answer = error(400, "slow down")
        answer.status = 429
        answer.body["message"] = "rpc error: code = ResourceExhausted desc = slow down"
        answer.headers["Retry-After"] = "0"
    return answer


def slow(_: Asked, answer: Answer) -> Answer:
    time.sleep(0.005)
    return answer


def closing(_: Asked, answer: Answer) -> Answer:
    answer.version = "HTTP/1.0"
    return answer


def closing_with_notice(_: Asked, answer: Answer) -> Answer:
    answer.headers["Connection"] = "close"
    return answer


def chunked(_: Asked, answer: Answer) -> Answer:
    answer.chunks = 700
    return answer


def compressed_with_brotli(asked: Asked, answer: Answer) -> Answer:
    if "br" in asked.headers.get("accept-encoding", ""):
        answer.raw = b"\x8b\x01\x80{}\x03"
        answer.headers["Content-Encoding"] = "br"
    return answer


def lenient_numbers(asked: Asked, answer: Answer) -> Answer:
    """A sign and zeros before a number are read over."""
    for name in ("page", "pageSize"):
        text = asked.query.get(name, "")
        if text != text.lstrip("+"):
            asked.query[name] = text.lstrip("+")
            return Backend().answer(asked)
    return answer


def strict_numbers(asked: Asked, answer: Answer) -> Answer:
    texts = [asked.query.get(name, "") for name in ("page", "pageSize")]
    return error(400, "number") if any(t[:1] == "0" and len(t) > 1 for t in texts) else answer


def first_of_several(asked: Asked, answer: Answer) -> Answer:
    first = dict(reversed(asked.pairs))
    if first != asked.query:
        return Backend().answer(Asked(asked.method, asked.path, first, asked.headers))
    return answer


def case_of_headers(_: Asked, answer: Answer) -> Answer:
    answer.headers = {name.upper(): value for name, value in answer.headers.items()}
    return answer


def parameters_before_token(asked: Asked, answer: Answer) -> Answer:
    """Nothing says in which order a request is looked at; each probe is wrong in one way alone."""
    if answer.status in {401, 403} and asked.query.get("pageSize", "").isdigit():
        return error(400, "size") if int(asked.query["pageSize"]) > 100 else answer
    return answer


def other_order_at_large_sizes(body: dict[str, Any], asked: Asked) -> None:
    if asked.size > 50:
        body["data"]["items"].reverse()


DIALECTS: dict[str, Change] = {
    "the 29th of February": in_rows(
        set_to("completedAt", value=lambda day: "2024-02-29" if day else "")
    ),
    "scores that are integers": in_rows(
        set_to("preTest", value=lambda score: None if score is None else 40)
    ),
    "failed with a date": in_rows(
        lambda item, _: (
            item.update(completedAt="2022-07-22") if item["status"] == "failed" else None
        )
    ),
    "404 for an unknown course": lambda _, answer: answer,
    "one page for an empty list": one_page_when_empty,
    "astronomical pages refused": huge_pages_refused,
    "names of headers in capitals": case_of_headers,
    "406 without the documented headers": strict_headers(406),
    "406 for another format": not_acceptable,
    "HTTP/1.0, the end of the connection is the end of the body": closing,
    "a connection for each request": closing_with_notice,
    "chunked bodies": chunked,
    "compressed bodies of brotli": compressed_with_brotli,
    "HEAD refused": head_405,
    "501 for other methods": methods_501,
    "414 for a long path": long_paths_414,
    "429 with Retry-After now and then": busy_now_and_then,
    "slow": slow,
    "zeros and a sign before numbers accepted": lenient_numbers,
    "zeros before numbers refused": strict_numbers,
    "the first of repeated parameters": first_of_several,
    "the last of repeated parameters": lambda _, answer: answer,
    "parameters looked at before the token": parameters_before_token,
    "JSON in letters beyond ASCII": written(lambda body: json.dumps(body, ensure_ascii=False)),
}


def red(result: Run) -> list[str]:
    """What was found against the server, in words."""
    bad = {Outcome.FAILED, Outcome.WARNED, Outcome.ERROR}
    return [
        f"{verdict.requirement.id}: {verdict.findings[0].message if verdict.findings else ''}"
        for verdict in result.verdicts
        if verdict.outcome in bad
    ]


# Dialects that differ in other things are spoken by one server. Those that answer anew come first,
# and those that change how an answer is written come last.
TOGETHER = (
    "429 with Retry-After now and then",
    (
        "404 for an unknown course; the last of repeated parameters; zeros before numbers refused; "
        "the 29th of February; names of headers in capitals; JSON in letters beyond ASCII"
    ),
    (
        "the first of repeated parameters; scores that are integers; one page for an empty list; "
        "astronomical pages refused; 406 for another format; HEAD refused; chunked bodies"
    ),
    (
        "zeros and a sign before numbers accepted; failed with a date; 501 for other methods; "
        "406 without the documented headers; 414 for a long path; "
        "HTTP/1.0, the end of the connection is the end of the body"
    ),
    (
        "parameters looked at before the token; compressed bodies of brotli; slow; "
        "a connection for each request"
    ),
)


def test_every_dialect_is_spoken() -> None:
    assert sorted("; ".join(TOGETHER).split("; ")) == sorted(DIALECTS)


@pytest.mark.parametrize("dialects", TOGETHER)
def test_a_dialect_conforms_with_nothing_found(dialects: str) -> None:
    def spoken(asked: Asked, answer: Answer) -> Answer:
        for dialect in dialects.split("; "):
            answer = DIALECTS[dialect](asked, answer)
        return answer

    result = run(Backend(change=spoken))
    assert not red(result)
    assert result.exit == 0


WARNED: dict[str, tuple[Change, set[str]]] = {
    "pages of the web server for odd paths": (html_for_odd_paths(404), {"PATH-03", "ERR-04"}),
    "400 from the web server for odd paths": (html_for_odd_paths(400), {"PATH-03", "ERR-04"}),
    "a page of the web server for other methods": (html_for_methods, {"HTTP-02"}),
    "another order at large sizes": (in_body(other_order_at_large_sizes), {"PAGE-11"}),
    "messages without the shape of gRPC": (
        in_errors(lambda body: body.update(message="Terjadi kesalahan")),
        {"ERR-03"},
    ),
    "scores beyond 100": (
        in_rows(set_to("preTest", value=lambda score: None if score is None else 120)),
        {"ITEM-13"},
    ),
}


@pytest.mark.parametrize("dialect", WARNED)
def test_a_dialect_that_only_should_be_otherwise_conforms_with_a_warning(dialect: str) -> None:
    change, warned = WARNED[dialect]
    result = run(Backend(change=change))
    found = outcomes(result)
    assert {r for r, outcome in found.items() if outcome == "warned"} == warned
    assert "failed" not in found.values()
    assert result.exit == 0


@pytest.mark.parametrize(
    "courses",
    [
        pytest.param({"C-60": 60}, id="less than one page of the largest size"),
        pytest.param({"C-101": 101}, id="one row on the last page"),
        pytest.param({"C-479": 479}, id="too many to read all of it at every size"),
        pytest.param({"C-BIG": 10_000_000}, id="ten million"),
        pytest.param({"C-100": 100, "C-250": 250, "C-33": 33}, id="three courses"),
        pytest.param({"C-100": 100, "C-1": 1, "C-0": 0}, id="courses of one user and of none"),
        pytest.param({"Kursus 1/2 (ä)": 100}, id="a serial that has to be escaped"),
    ],
)
def test_a_course_may_have_any_size(courses: dict[str, int]) -> None:
    result = run(Backend(courses=courses))
    assert not red(result)
    assert result.exit == 0


def test_a_response_in_a_coding_that_is_not_decoded_is_not_judged_and_named() -> None:
    result = run(Backend(change=compressed_with_brotli))
    expected = "1 response is not judged: The response has the Content-Encoding 'br', which this"
    assert any(note.startswith(expected) for note in result.notes)


@pytest.mark.parametrize("size", [1, 3, 10])
def test_a_small_course_is_never_called_faulty(size: int) -> None:
    result = run(Backend(courses={"C": size}))
    assert set(outcomes(result).values()) <= {"inconclusive"}
    assert result.exit in {0, 3}


@pytest.mark.parametrize("moment", [3, 60, 105, 120, 128])
def test_one_user_may_enrol_at_any_moment(moment: int) -> None:
    backend = Backend()

    def enrol(asked: Asked, answer: Answer) -> Answer:
        if asked.count == moment:
            backend.courses["C-100"] += 1
            return backend.answer(asked)
        return answer

    backend.change = enrol
    assert "failed" not in outcomes(run(backend)).values()


@pytest.mark.parametrize("absent", ["not_started", "completed", "expired", "in_progress"])
def test_a_status_that_nobody_has_leaves_its_laws_open_and_fails_nothing(absent: str) -> None:
    kept = [user(index) for index in range(300) if user(index)["status"] != absent]

    def without(body: dict[str, Any], asked: Asked) -> None:
        start = (asked.page - 1) * asked.size
        body["data"]["items"] = kept[start : min(start + asked.size, 100)]

    result = run(Backend(change=in_body(without)))
    assert set(outcomes(result).values()) == {"inconclusive"}
    assert result.exit in {0, 3}

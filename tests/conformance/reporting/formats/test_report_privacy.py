"""What no report may hold: the names of people on a host of others, and tokens anywhere."""

from __future__ import annotations

import base64
import copy
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.conformance.reporting.formats import terminal
from ruangkerja.mock.serve.server import MockServer
from tests.helpers.backend import TOKEN, Answer, Asked, Backend, Change, error, user
from tests.helpers.running import outcomes, run, run_at

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ruangkerja.conformance.reporting.run.model import Run

# Fakes have the letters and digits of what they stand for: nobody's number begins otherwise, and
# with fewer characters a fake might now and then be taken for one.
PERSONAL = re.compile(r"Siti R|Rahma|USER0000|EMP00|siti@")
FILES = {"report.json", "report.html", "junit.xml", "summary.md", "exchanges.har"}


def in_rows(change: Callable[[dict[str, Any], int], None]) -> Callable[[Asked, Answer], Answer]:
    def changed(asked: Asked, answer: Answer) -> Answer:
        if answer.status == 200:
            answer = copy.deepcopy(answer)
            for row, item in enumerate(answer.body["data"]["items"]):
                change(item, (asked.page - 1) * asked.size + row)
        return answer

    return changed


def twice(asked: Asked, answer: Answer) -> Answer:
    if answer.status == 200 and asked.page > 1 and answer.body["data"]["items"]:
        answer.body["data"]["items"][0] = user(0)
    return answer


class Shuffled:
    """Another order each time a page is requested, whichever of two at once comes first."""

    def __init__(self) -> None:
        self.times: Counter[str] = Counter()

    def __call__(self, asked: Asked, answer: Answer) -> Answer:
        if answer.status == 200:
            page = f"{asked.path} {asked.query}"
            self.times[page] += 1
            items = answer.body["data"]["items"]
            start = self.times[page] % max(1, len(items))
            items[:] = [*items[start:], *items[:start]]
        return answer


def said_in_errors(_: Asked, answer: Answer) -> Answer:
    return error(404, "User Siti Rahma 17 is not found") if answer.status == 404 else answer


def trace(_: Asked, answer: Answer) -> Answer:
    if answer.status < 400:
        return answer
    raw = b'Traceback (most recent call last):\n  user = "Siti Rahma 17", USER00000017'
    return Answer(answer.status, None, answer.headers, raw)


def cut_off(asked: Asked, answer: Answer) -> Answer:
    if answer.status == 200 and asked.size > 10:
        answer.raw = json.dumps(answer.body).encode()[:-100]
    return answer


def by_header(_: Asked, answer: Answer) -> Answer:
    answer.headers["X-User"] = "Siti Rahma 1"
    answer.headers["Content-Type"] = "text/plain; user=USER00000001"
    return answer


def judged_with(token: str, folder: Path) -> list[tuple[Any, ...]]:
    with MockServer(tokens=[token]) as server:
        run_at(server.url, courses=("COURSE-HUNDRED",), token=token, report_dir=folder)
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    members = ("id", "title", "quote", "verdict", "reason", "judged", "findings_total")
    return [tuple(rule[member] for member in members) for rule in report["rules"]]


@pytest.fixture(scope="module")
def judged_with_any_token(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Any, ...]]:
    return judged_with("a-token-of-its-own", tmp_path_factory.mktemp("other"))


@pytest.mark.parametrize("token", ["access_token", "page", "completed", "application/json"])
def test_a_token_of_words_changes_no_report_and_is_in_no_exchange(
    token: str, judged_with_any_token: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    assert judged_with(token, tmp_path) == judged_with_any_token
    har = json.loads((tmp_path / "exchanges.har").read_text(encoding="utf-8"))
    requests = [entry["request"] for entry in har["log"]["entries"]]
    headers = [header for each in requests for header in each["headers"]]
    assert token not in {each["value"] for each in headers if each["name"] == "Authorization"}


@pytest.mark.parametrize("token", ["10", "2026-11-26"])
def test_a_token_of_digits_damages_no_evidence(token: str, tmp_path: Path) -> None:
    assert {rule[3] for rule in judged_with(token, tmp_path)} <= {"passed", "observed", "skipped"}


def test_a_token_that_a_shortened_message_repeats_is_in_no_report(tmp_path: Path) -> None:
    def echo(asked: Asked, answer: Answer) -> Answer:
        token = asked.headers.get("authorization", "")
        return error(answer.status, f"no: {token}") if answer.status >= 400 else answer

    token = "".join(f"{number:02x}" for number in range(0x30, 0x70))
    result = run(Backend(token=token, change=echo), report_dir=tmp_path, token=token)
    assert outcomes(result)["AUTH-08"] == "warned"
    for path in tmp_path.iterdir():
        text = path.read_text()
        assert not any(token[i : i + 12] in text for i in range(len(token) - 12)), path.name


def test_words_of_the_tool_are_no_token(tmp_path: Path) -> None:
    token = "page"  # noqa: S105 - it opens nothing
    result = run(Backend(token=token, change=cut_off), report_dir=tmp_path, token=token)
    message = next(f.message for v in result.verdicts for f in v.findings if f.page)
    assert message.startswith("C-100, page 1 at pageSize ")
    assert "C-100, page 1 at pageSize " in (tmp_path / "report.json").read_text()


def swapped(item: dict[str, Any], _: int) -> None:
    item["status"], item["user"]["name"] = item["user"]["name"], item["status"]


def wrong(item: dict[str, Any], index: int) -> None:
    item["user"]["name"] = [item["user"]["name"], index]
    item.update({f"siti@{index}": "Siti", "Rahma": index})


def both(first: Change, second: Change) -> Change:
    return lambda asked, answer: second(asked, first(asked, answer))


CHANGES: dict[str, Change] = {
    "wrong types, more members": in_rows(wrong),
    "names as numbers, in headers and errors": both(
        in_rows(lambda item, i: item["user"].update(serial=12345000 + i)),
        both(by_header, said_in_errors),
    ),
    "swapped columns, a stack trace, bodies cut off": both(in_rows(swapped), both(trace, cut_off)),
    "somebody twice, another order": both(twice, Shuffled()),
    "a list in its place": in_rows(lambda item, _: item.update(user="Siti Rahma;USER00000001")),
}


def everything(result: Run, folder: Path) -> dict[str, str]:
    assert {path.name for path in folder.iterdir()} >= FILES
    texts = {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}
    return {**texts, "terminal": terminal.render(result)}


@pytest.mark.parametrize("name", CHANGES)
def test_people_of_other_hosts_are_named_nowhere(name: str, tmp_path: Path) -> None:
    (tmp_path / "hidden").mkdir()
    (tmp_path / "shown").mkdir()
    first, second = (Backend({"C-24": 24}, change=copy.deepcopy(CHANGES[name])) for _ in range(2))
    hidden = run(first, report_dir=tmp_path / "hidden", show_data=False)
    for file, text in everything(hidden, tmp_path / "hidden").items():
        assert PERSONAL.search(text) is None, file
        assert "12345000" not in text, file
    shown = run(second, report_dir=tmp_path / "shown", show_data=True)
    assert PERSONAL.search(everything(shown, tmp_path / "shown")["exchanges.har"])
    assert outcomes(hidden) == outcomes(shown)
    assert counts(hidden) == counts(shown)


def counts(result: Run) -> list[tuple[int, int]]:
    return [(verdict.count, verdict.judged) for verdict in result.verdicts]


def test_one_person_has_one_fake_in_all_of_a_run() -> None:
    result = run(Backend(change=twice), show_data=False)
    said = [
        f.actual for v in result.verdicts for f in v.findings if "which is also on page" in f.actual
    ]
    assert len(said) > 1
    assert len(set(said)) == 1


def echoes(asked: Asked, answer: Answer) -> Answer:
    token = asked.headers.get("authorization", "")
    said = [token, token[:-2], token.upper(), base64.b64encode(f"x:{token}".encode()).decode()]
    if answer.status == 200:
        answer.body["message"] = "; ".join(said)
        answer.body["data"]["totalPage"] = -1
    else:
        answer.body["detail"] += "; ".join(said)
    answer.headers["X-Token"] = token
    return answer


@pytest.mark.parametrize("show_data", [True, False])
def test_tokens_are_in_no_report(show_data: bool, tmp_path: Path) -> None:
    result = run(Backend(change=echoes), report_dir=tmp_path, show_data=show_data)
    assert "AUTH-08" in outcomes(result)
    encoded = [base64.b64encode(f"x:{TOKEN}".encode()).decode()[4:-4], TOKEN.encode().hex()]
    for file, text in everything(result, tmp_path).items():
        parts = (TOKEN[start : start + 9] for start in range(len(TOKEN) - 8))
        for form in (*parts, *encoded):
            assert form.lower() not in text.lower(), file

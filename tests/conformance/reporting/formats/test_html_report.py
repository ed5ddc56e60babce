from __future__ import annotations

import base64
import hashlib
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.conformance.reporting.formats import as_html, excerpt, folder, terminal
from ruangkerja.conformance.reporting.run.model import OF_LIST
from ruangkerja.conformance.requests.probes.plan import Profile
from tests.helpers.backend import TOKEN, Answer, Asked, Backend
from tests.helpers.report_pages import FAULTY, Page
from tests.helpers.running import run

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.conformance.reporting.run.model import Run

SHOWN = {"profile": "gate", "lists": {"courseSerial": ["C-100"]}}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(FAULTY, report_dir=tmp_path_factory.mktemp("report"), shown=SHOWN)


@pytest.fixture(scope="module")
def page(result: Run) -> Page:
    return Page(as_html.render(result))


def test_the_page_stands_beside_the_other_reports(tmp_path: Path) -> None:
    run(Backend(), report_dir=tmp_path)
    text = (tmp_path / "report.html").read_text()
    assert text.startswith("<!doctype html>")
    assert "Conforming" in Page(text).text
    assert len(text.encode()) < 100_000


def test_it_is_readable_on_a_phone_before_the_run_has_finished_and_after_it(
    tmp_path: Path,
) -> None:
    folder.begin(tmp_path)
    viewport = '<meta name="viewport" content="width=device-width'
    assert viewport in (tmp_path / "report.html").read_text()
    backend = Backend(courses={"C-1": 5, "C-2": 5})
    found = run(backend, report_dir=tmp_path, profile=Profile.SMOKE)
    text = (tmp_path / "report.html").read_text()
    assert viewport in text
    # Under each other, the numbers of a list have no head of the table.
    assert text.count('<td data-label="') == len(found.lists) * (len(OF_LIST) + 1)
    assert '<td data-label="failed">0</td>' in text


def test_a_text_says_if_words_of_the_server_are_replaced() -> None:
    note = "replaced by pseudonyms; --show-data shows them"
    smoke = {"profile": Profile.SMOKE}
    assert note in terminal.render(run(FAULTY, show_data=False, **smoke))
    assert note not in terminal.render(run(FAULTY, show_data=True, **smoke))
    assert note not in terminal.render(run(Backend(), show_data=False, **smoke))


def test_the_page_needs_nothing_beside_itself(result: Run, page: Page) -> None:
    for _, attributes in page.elements:
        assert not {"src", "style", "onclick"} & attributes.keys()
    assert {name for name, _ in page.elements}.isdisjoint({"link", "img", "iframe", "object"})
    assert [link for link in page.links if not link.startswith("#")] == []
    text = as_html.render(result)
    policy = next(m["content"] for m in page.of("meta") if m.get("http-equiv"))
    assert policy.startswith("default-src 'none'; ")
    for name in ("style", "script"):
        (inside,) = re.findall(f"<{name}>(.*?)</{name}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy


def test_every_link_leads_somewhere_and_every_id_is_one(page: Page) -> None:
    assert len(page.ids) == len(set(page.ids))
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)


def test_every_requirement_has_its_place(result: Run, page: Page) -> None:
    assert {verdict.requirement.id for verdict in result.verdicts} <= set(page.ids)
    rows = [attributes for attributes in page.of("tr") if "data-verdict" in attributes]
    assert [(row["data-verdict"], row["data-level"]) for row in rows] == [
        (verdict.outcome.value, verdict.requirement.level.value)
        for _, verdicts in result.sections()
        for verdict in verdicts
    ]


def test_the_page_says_first_how_the_run_came_out_and_what_failed(page: Page) -> None:
    first = page.text[: page.text.index("Findings", page.text.index("Causes"))]
    assert "Not conforming" in first
    assert "2 MUST requirements failed, 1 SHOULD requirement failed" in first
    assert "PAGE-03 totalPage is the number of pages that totalItems needs" in first
    assert "but totalPage is 11 for 100 items at pageSize 9" in first
    assert "name a second course" in first


def test_a_finding_has_its_expectation_its_row_its_command_and_its_exchange(page: Page) -> None:
    said = " ".join(page.text[page.text.index("C-100, page 1 at pageSize 100, row 38") :].split())
    assert said.startswith(
        "C-100, page 1 at pageSize 100, row 38, field /data/items/37/status expectedone of "
    )
    assert 'found"archived" { "user": { "serial": "USER00000037"' in said
    assert "-H 'Authorization: '\"$RUANGKERJA_TOKEN\"" in said
    cited = re.search(r"Exchange (\d+)", said)
    assert cited is not None
    assert f"exchange-{cited[1]}" in page.ids


def test_no_token_and_only_what_was_asked_for_is_in_the_settings(page: Page) -> None:
    assert TOKEN not in page.text
    assert 'lists{"courseSerial": ["C-100"]}' in page.text.replace("\n", "")


def test_the_page_is_structured_for_those_who_do_not_see_it(page: Page) -> None:
    names = {name for name, _ in page.elements}
    assert {"header", "nav", "main", "footer", "caption"} <= names
    levels = [int(name[1]) for name, _ in page.elements if re.fullmatch("h[1-6]", name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(attributes.get("scope") for attributes in page.of("th"))
    assert page.of("html")[0]["lang"] == "en"
    assert next(attributes for attributes in page.of("form"))["hidden"] is None


HOSTILE = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>'\"&\u202e\x00\x1b[31m"


def hostile(_: Asked, answer: Answer) -> Answer:
    headers = {**answer.headers, "X-Hostile": HOSTILE.encode("ascii", "ignore").decode()}
    headers["X-Hostile"] = headers["X-Hostile"].replace("\x00", "")
    if answer.status == 200:
        answer.body["message"] = 5
        for item in answer.body["data"]["items"]:
            item["user"]["name"] = HOSTILE
            item["status"] = HOSTILE
            item[HOSTILE] = HOSTILE
    else:
        answer.body["message"] = answer.body["detail"] = HOSTILE
    return Answer(answer.status, answer.body, headers)


def test_nothing_that_a_server_says_becomes_part_of_the_page(tmp_path: Path) -> None:
    result = run(Backend(change=hostile), report_dir=tmp_path)
    text = (tmp_path / "report.html").read_text()
    page = Page(text)
    assert len(page.of("script")) == 1
    assert page.of("img") == []
    assert HOSTILE[:30] in page.text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", text)
    assert "\\u202e" in text
    assert result.exit == 1


def large(_: Asked, answer: Answer) -> Answer:
    """Every body has 90 kB that have to be escaped, every error besides many long headers."""
    answer.body["more"] = "<&>" * 30_000
    if answer.status == 200:
        answer.body["message"] = None
        answer.body["data"]["totalPage"] = -1
    else:
        answer.headers |= {f"X-{i}": "<" * 500 for i in range(90)}
        answer.body["message"] = "<" * 10_000
    return answer


@pytest.mark.long
def test_the_page_stays_small_however_large_the_answers_are(tmp_path: Path) -> None:
    run(Backend(change=large), report_dir=tmp_path)
    text = (tmp_path / "report.html").read_text()
    assert len(text.encode()) <= as_html.LARGEST
    assert "left out …" in text
    assert "/data/totalPage" in text


def test_a_page_that_would_be_too_large_shows_less(
    result: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = len(as_html.render(result))
    monkeypatch.setattr(as_html, "LARGEST", whole * 2 // 3)
    less = as_html.render(result)
    assert len(less.encode()) <= whole * 2 // 3
    assert "ITEM-07" in Page(less).ids


@pytest.mark.parametrize(
    ("data", "longest", "shown"),
    [
        (b"short", 10, "short"),
        (b"0123456789", 4, "01\n… 6 characters left out …\n89"),
        (b"0" * 1000, 4, "00\n… 996 bytes left out …\n00"),
        (b"a\xff", 10, "a\\xff"),
        ("é".encode() * 1000, 4, "éé\n… 1,996 bytes left out …\néé"),
    ],
)
def test_a_body_is_cut_in_its_middle_and_says_so(data: bytes, longest: int, shown: str) -> None:
    assert excerpt.body(data, longest) == shown


def test_a_run_without_an_answer_to_a_request_is_reported_too() -> None:
    def broken(asked: Asked, answer: Answer) -> Answer:
        if asked.query.get("pageSize") == "100":
            headers: dict[str, Any] = {**answer.headers, "Content-Length": "999999"}
            return Answer(answer.status, answer.body, headers)
        return answer

    page = Page(as_html.render(run(Backend(change=broken), timeout=0.3)))
    assert "No response: " in page.text

"""The console as people use it, in a real browser."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest

from ruangkerja.mock.serve.server import MockServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.helpers.browsing import Browser

pytestmark = pytest.mark.browser

SIZES = [(1280, 720), (390, 844)]
USERS = "/ruangkerja/dashboard/courses/{}/online/users?page={}&pageSize={}"


@pytest.fixture(scope="module")
def stub() -> Iterator[MockServer]:
    with MockServer() as server:
        yield server


@pytest.fixture
def page(browser: Browser, stub: MockServer) -> Browser:
    browser.open(f"{stub.url}/").one("button", "Send")
    return browser


def send(page: Browser, status: str) -> None:
    page.click("button", "Send")
    page.one(".response .status", status)


def request(stub: MockServer, target: str, **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(stub.url).port or 0, timeout=10)
    try:
        connection.request("GET", target, headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


def bash(command: str, token: str = "") -> str:
    done = subprocess.run(
        [str(shutil.which("bash")), "-c", f"{command} --silent --show-error --include"],
        env={"PATH": os.environ["PATH"], "RUANGKERJA_TOKEN": token},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


def row(page: Browser, field: str, number: int = 0) -> str:
    """The text of a row of the table of fields."""
    rows = page.js(
        "return [...document.querySelectorAll('.fields tbody tr')]"
        ".filter((row) => row.querySelector('b').textContent === arguments[0])"
        ".map((row) => row.innerText)",
        field,
    )
    return str(rows[number])


def test_it_says_what_is_served_and_how_to_get_in(page: Browser, stub: MockServer) -> None:
    assert page.driver.title == "Ruangkerja dashboard API · stub"
    facts = page.text(".facts")
    assert stub.url in facts
    assert "access_token" in facts
    assert page.copied(lambda: page.one("button[aria-label='Copy the base URL']").click()) == (
        stub.url
    )


def in_view(page: Browser, selector: str) -> bool:
    """Whether an element is in the window, without scrolling."""
    script = "return document.querySelector(arguments[0]).getBoundingClientRect()"
    place = page.js(script, selector)
    return bool(place["top"] >= 0 and place["bottom"] <= page.js("return innerHeight"))


@pytest.mark.parametrize(
    ("width", "height", "scheme"),
    [(1280, 720, "light"), (768, 1024, "dark"), (390, 844, "light"), (390, 844, "dark")],
)
def test_the_answer_is_in_view(page: Browser, width: int, height: int, scheme: str) -> None:
    page.size(width, height)
    page.look(scheme)
    page.field("courseSerial").click()
    page.press("ENTER")
    page.one(".response .status", "200")
    assert page.js("return scrollY") == 0
    assert in_view(page, ".response .status")
    assert in_view(page, ".items tbody tr:nth-child(2)")
    columns = [each.text for each in page.all(".items thead th")]
    assert {"user.serial", "user.name", "preTest", "status"} <= set(columns)
    assert len(page.all(".items tbody tr")) == 10
    assert page.one(".chip.good", "Matches schemas and laws")
    page.click("[role=tab]", "Scenarios")
    page.click(".entries .entry", "COURSE-RATE-LIMITED")
    page.one(".response .status", "429")
    assert in_view(page, ".response .status")
    page.click("[role=tab]", "Faults")
    page.one(".entries .shows")
    page.click(".entries .entry", "total-page-missing")
    page.one(".lesson", "The fault changed nothing")
    assert in_view(page, ".response .status")
    page.click("[role=tab]", "Requests")
    page.click(".requests summary", "429")
    page.js("document.querySelector('.response').id = 'before'")
    page.click(".requests button", "Send again")
    page.one(".response:not(#before) .status", "429")
    assert in_view(page, ".response .status")
    page.copied(lambda: page.one(".requests button", "Copy as scenario").click())
    page.one(".requests button", "Copied")
    assert "retry-after: '1'" in page.copied(lambda: None)
    assert page.overflow() == 0


def test_an_answer_is_shown_with_what_each_field_means(page: Browser) -> None:
    send(page, "200")
    assert "1 of 10" in page.text(".response .paging")
    page.click(".response [role=tab]", "Fields")
    assert "The number of users on all pages of the course." in row(page, "totalItems")
    assert "may be null" in row(page, "postTest")
    assert "expired" in row(page, "status", 1)
    assert page.text(".fields .choice.here").splitlines()[0] in row(page, "status", 1)
    assert page.all(".fields .trouble") == []
    page.click(".response [role=tab]", "Body")
    assert json.loads(page.text(".response pre"))["data"]["currentPage"] == 1
    page.click(".response [role=tab]", "Headers")
    assert "content-type" in page.text(".response .headers")


def test_pages_and_items_are_turned(page: Browser) -> None:
    send(page, "200")
    page.click(".items button", "1")
    name = row(page, "name")
    page.click(".stepper button[aria-label='Next item']")
    assert row(page, "name") != name
    page.click(".paging button[aria-label='Next page']")
    page.one(".paging", "2 of 10")
    assert page.driver.switch_to.active_element.get_attribute("aria-label") == "Next page"
    page.click(".paging button[aria-label='Last page']")
    page.one(".paging", "10 of 10")
    assert page.field("page").get_attribute("value") == "10"
    assert not page.one(".paging button[aria-label='Next page']").is_enabled()


def test_an_error_response_teaches(page: Browser) -> None:
    page.fill("pageSize", "101")
    send(page, "400")
    assert "query parameter pageSize is" in page.text(".lesson")
    page.fill("pageSize", "10")
    page.fill("Authorization", " ")
    page.press("BACKSPACE")
    send(page, "401")
    assert "Authorization" in page.text(".lesson")
    page.fill("courseSerial", " ")
    page.press("BACKSPACE")
    page.click("button", "Send")
    page.one(".lesson", "Enter courseSerial")


def test_a_scenario_is_a_click(page: Browser) -> None:
    page.click("[role=tab]", "Scenarios")
    page.one("input[type=search]").send_keys("429")
    assert 0 < len(page.all(".entry")) < 5
    page.click(".entries .entry", "COURSE-RATE-LIMITED")
    page.one(".response .status", "429")
    assert "Retry-After: 1" in page.text(".lesson")
    assert page.field("courseSerial").get_attribute("value") == "COURSE-RATE-LIMITED"
    assert page.one(".picker").get_attribute("value") == "COURSE-RATE-LIMITED"
    assert page.one(".entry[aria-current]", "COURSE-RATE-LIMITED")
    send(page, "429")
    assert page.one(".entry[aria-current]", "COURSE-RATE-LIMITED")
    page.one("input[type=search]").clear()
    page.one("input[type=search]").send_keys("truncated")
    page.click(".entries .entry")
    page.one(".lesson", "the body is not valid JSON")


def test_a_fault_is_a_click_and_what_it_breaks_is_marked(page: Browser, stub: MockServer) -> None:
    page.click("[role=tab]", "Faults")
    page.one("input[type=search]").send_keys("total-page-missing")
    page.click(".entries .entry")
    page.one(".response .status", "200")
    assert page.one(".entry[aria-current]", "total-page-missing")
    page.click(".findings .entry", "data.totalPage")
    assert "ENV-07" in page.one(".fields .trouble", "got nothing, the member is missing").text
    assert stub.requests[-1].headers["prefer"].startswith("fault=")
    page.one("input[type=search]").clear()
    page.one("input[type=search]").send_keys("status-upper-case")
    page.click(".entries .entry")
    marked = page.one(".findings .entry", "row ")
    assert "status" in marked.text
    assert len(page.all(".items td.wrong")) == len(page.all(".findings .entry"))
    page.one("input[type=search]").clear()
    page.one("input[type=search]").send_keys("status-archived")
    page.click(".entries .entry")
    page.one(".lesson", "The fault changed nothing")
    page.click(".entries .shows")
    page.one(".findings .entry", "archived")
    page.click("button", "Reset to default")
    send(page, "200")
    page.one(".chip.good")
    assert page.all(".wrong, .entry[aria-current]") == []


def test_an_outcome_and_a_delay_are_preferred(page: Browser, stub: MockServer) -> None:
    page.click("summary", "Outcome")
    page.choose("Outcome", "503")
    page.fill("Delay", "50")
    send(page, "503")
    assert stub.requests[-1].headers["prefer"] == "code=503, delay=50"
    page.click("[role=tab]", "Headers")
    assert "preference-applied" in page.text(".response .headers")


def test_the_code_follows_the_form_and_runs(page: Browser, stub: MockServer) -> None:
    page.fill("courseSerial", 'it\'s a "course" $HOME')
    page.fill("pageSize", "3")
    curl = page.text("pre[aria-label^=cURL]")
    assert bash(curl).startswith("HTTP/1.1 200")
    assert stub.requests[-1].query["pageSize"] == ["3"]
    assert 'it\'s a "course" $HOME' in stub.requests[-1].path
    for language, part in (
        ("fetch", "await fetch("),
        ("axios", "axios.request("),
        ("Typed client", "createClient<paths>("),
    ):
        page.click("[role=tab]", language)
        text = page.text("pre[aria-label$='for this request']")
        assert part in text
        assert stub.url in text
        assert "access_token" in text


def test_requests_come_in_as_they_are_answered(page: Browser, stub: MockServer) -> None:
    page.one(".state", "Live")
    request(stub, USERS.format("C-7", 1, 101), Authorization="access_token")
    refused = page.one(".requests li", "C-7")
    assert "query parameter pageSize is" in refused.text
    page.click(".requests summary", "C-7")
    command = page.copied(lambda: page.one(".requests button", "cURL").click())
    assert '"$RUANGKERJA_TOKEN"' in command
    assert "access_token" not in command
    assert bash(command, "access_token").startswith("HTTP/1.1 400")
    page.one(".requests li:nth-child(2)", "C-7")
    assert "Accept-Encoding".lower() in page.text(".requests .headers")
    page.click(".requests button", "Send again")
    page.one(".response .status", "400")
    assert page.field("pageSize").get_attribute("value") == "101"

    page.click("button", "Pause")
    request(stub, USERS.format("C-8", 1, 10), Authorization="access_token")
    page.one(".state", "1 new")
    page.click("button", "Resume")
    page.one(".requests li", "C-8")
    page.choose("Show", "Rejected")
    assert [li.text for li in page.all(".requests li") if "C-8" in li.text] == []
    page.choose("Show", "All")
    page.fill("Search", "get c-8")
    assert [True for li in page.all(".requests li") if "C-8" not in li.text] == []
    page.click("button", "Clear")
    assert page.all(".requests li") == []
    page.one(".empty", "No requests yet")


def test_whatever_clients_send_is_shown_as_text(page: Browser, stub: MockServer) -> None:
    page.one(".state", "Live")
    hostile = "<img/src=x/onerror=document.title='taken'>"
    quoted = quote(hostile)
    with socket.create_connection(("127.0.0.1", urlsplit(stub.url).port or 0)) as client:
        head = f"GET /{quoted}?token=sesame HTTP/1.1\r\nHost: x\r\nAccept: {hostile}\r\n\r\n"
        client.sendall(head.encode())
        assert client.recv(100).startswith(b"HTTP/1.1 404")
    shown = page.one(".requests li", "onerror")
    assert hostile in shown.text
    assert "sesame" not in shown.text
    page.fill("pageSize", "100")
    page.click("[role=tab]", "Scenarios")
    page.click(".entries .entry", "COURSE-HOSTILE-NAMES")
    page.one(".response .status", "200")
    assert "<img" in page.text(".items")
    page.click(".response [role=tab]", "Fields")
    for _ in range(10):
        page.one(".fields")
        if page.one("button[aria-label='Next item']").is_enabled():
            page.click("button[aria-label='Next item']")
    page.click(".response [role=tab]", "Body")
    assert "onerror" in page.text(".response pre")
    assert page.driver.title == "Ruangkerja dashboard API · stub"
    assert len(page.driver.find_elements("css selector", "img")) == 1


def test_it_is_used_by_keyboard(page: Browser) -> None:
    skip = page.press("TAB")
    assert skip.text == "Skip to the form"
    page.press("ENTER")
    assert page.driver.switch_to.active_element.get_attribute("id") == "call"
    assert page.press("TAB").text == "About this operation"
    assert page.press("TAB").get_attribute("value") == "COURSE-EXAMPLE1"
    page.press("ENTER")
    page.one(".response .status", "200")
    page.js("document.querySelector('[data-tab=requests]').focus()")
    page.press("ARROW_RIGHT")
    page.one("[role=tabpanel]", "COURSE-EMPTY")
    page.press("ARROW_RIGHT")
    assert page.press("ARROW_RIGHT").get_attribute("data-tab") == "requests"
    outline = "return getComputedStyle(document.activeElement).outlineStyle"
    assert page.js(outline) == "solid"


def test_a_link_leads_to_a_form_that_is_filled_in(browser: Browser, stub: MockServer) -> None:
    where = "courseSerial=COURSE-EMPTY&pageSize=7&prefer=code%3D503"
    browser.open(f"{stub.url}/#{where}")
    browser.one(".chosen", "Prefer: code=503")
    assert browser.field("pageSize").get_attribute("value") == "7"
    browser.one(".told", "A course without users.")
    send(browser, "503")
    assert browser.js("return location.hash.slice(1)").startswith("courseSerial=COURSE-EMPTY&")


BY_LOOK = ("color-contrast", "scrollable-region-focusable")
"""The rules of axe-core whose findings depend on the size of the window and on its colors."""
LOOKS: tuple[tuple[int, str, tuple[str, ...]], ...] = (
    (1280, "light", ()),
    (768, "light", BY_LOOK[1:]),
    (360, "dark", BY_LOOK),
)
"""Widths, colors, and the rules that can find more there; colors are the same at all widths."""


def test_nobody_is_kept_out(page: Browser, axe: str, stub: MockServer) -> None:
    """axe-core finds nothing, and nothing sticks out of a window of any size."""

    def is_fine() -> None:
        for width, scheme, rules in LOOKS:
            page.size(width, 800)
            page.look(scheme)
            assert page.violations(axe, *rules) == []
            assert page.overflow() == 0

    page.one(".state", "Live")
    page.click("button", "Clear")
    request(stub, f"{USERS.format('C-1', 1, 10)}&status=x", Authorization="access_token")
    page.click(".requests summary", "status is not in the contract: ignored")
    page.click("summary", "Before your first")
    page.click("summary", "Outcome")
    page.choose("Outcome", "429")
    send(page, "429")
    is_fine()
    page.click("[role=tab]", "Faults")
    page.one("input[type=search]").send_keys("total-page-missing")
    page.click(".entries .entry")
    page.one(".findings")
    is_fine()
    page.click(".response [role=tab]", "Fields")
    page.one(".fields .trouble")
    page.click("[role=tab]", "Typed client")
    is_fine()
    page.click("[role=tab]", "Scenarios")
    page.click(".response [role=tab]", "Headers")
    is_fine()


def test_any_contract_is_shown_and_called(browser: Browser, other_contracts: Path) -> None:
    with MockServer(other_contracts / "payments.yaml") as server:
        browser.open(f"{server.url}/")
        browser.one(".operations a[aria-current]")
        number = len(browser.all(".operations a"))
        assert number == len(server.contract.operations)
        for index in range(number):
            browser.js("arguments[0].click()", browser.all(".operations a")[index])
            browser.one("form")
            browser.click("button", "Send")
            status = browser.one(".response .status").text
            assert not status.startswith(("401", "403", "5")), status
            browser.js("document.querySelector('.responses').replaceChildren()")


def test_one_of_many_operations_is_searched_and_marked(browser: Browser, tmp_path: Path) -> None:
    schema = {"type": "array", "items": {"type": "string"}}
    got = {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}}
    paths = {
        f"/things/{number}": {"get": {"operationId": f"thing{number}", "responses": got}}
        for number in range(40)
    }
    spec = tmp_path / "many.json"
    info = {"title": "Many", "version": "1"}
    spec.write_text(json.dumps({"openapi": "3.0.3", "info": info, "paths": paths}))
    with MockServer(spec) as server:
        browser.open(f"{server.url}/#operation=thing30").one(".operations a[aria-current]", "/30")
        assert browser.js(
            "const box = document.querySelector('.operations ul').getBoundingClientRect();"
            "const link = document.querySelector('[aria-current]').getBoundingClientRect();"
            "return box.top <= link.top && link.bottom <= box.bottom"
        )
        browser.one("input[placeholder='Search operations']").send_keys("get thing7")
        browser.one(".operations .count", "1 of 40 operations")
        browser.click(".operations li:not([hidden]) a", "/things/7")
        browser.one(".operation", "thing7")
        send(browser, "200")
        browser.one(".fields tbody tr", "the body")


MARKDOWN = r"""
openapi: 3.0.3
info:
  title: Described
  version: '1'
  description: |
    **Bold** and [safe](https://example.org/a(b)), [unsafe](javascript:document.title='taken'),
    <img src=x onerror="document.title='taken'">

    | Name | Meaning |
    |------|---------|
    | `a\|b` | first |

    1. one
       - below
    2. two

    ```
    **as it is**
    ```
paths:
  /things:
    get:
      responses:
        '200':
          description: Things
          content:
            application/json:
              schema:
                type: array
                minItems: 2
                items: {type: object, required: [name], properties: {name: {type: string}}}
"""


def test_descriptions_are_rendered_and_run_nothing(browser: Browser, tmp_path: Path) -> None:
    spec = tmp_path / "described.yaml"
    spec.write_text(MARKDOWN, encoding="utf-8")
    with MockServer(spec) as server:
        browser.open(f"{server.url}/").click("summary", "Before your first")
        links = browser.all(".about a")
        assert [each.get_attribute("href") for each in links] == ["https://example.org/a(b)"]
        assert browser.one(".about strong", "Bold")
        assert browser.one(".about td code", "a|b")
        assert browser.one(".about ol > li > ul > li", "below")
        assert browser.text(".about pre") == "**as it is**"
        assert "<img src=x" in browser.text(".about")
        send(browser, "200")
        assert browser.one(".items thead", "name")
        assert browser.driver.title == "Described · stub"


def test_what_several_workers_mean_for_the_list_is_said(browser: Browser) -> None:
    with MockServer(workers=3) as server:
        browser.open(f"{server.url}/").one(".state", "one worker only")
        assert "3 processes" in browser.text(".introduction")


def test_a_stub_that_has_gone_is_said(browser: Browser) -> None:
    with MockServer() as server:
        browser.open(f"{server.url}/").one(".state", "Live")
    browser.one(".state", "Disconnected")
    browser.click("button", "Send")
    browser.one(".response .status", "No response")
    assert "without a response" in browser.text(".lesson")


def test_a_thousand_requests_do_not_make_a_long_page(page: Browser, stub: MockServer) -> None:
    page.one(".state", "Live")
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(stub.url).port or 0, timeout=10)
    for number in range(1000):
        connection.request("GET", f"/{number}")
        connection.getresponse().read()
    connection.close()
    page.one(".requests li", "/999")
    rows = page.js("return document.querySelectorAll('.requests li').length")
    assert rows == 200
    for width, height in SIZES:
        page.size(width, height)
        assert page.js("return document.documentElement.scrollHeight") < 3 * height

"""The report of a gate run that fails, as people read it, in a real browser."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.config.run_config import RunConfig
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.suite.check import CheckOptions, check
from ruangkerja.conformance.suite.selftest import FaultyServer
from ruangkerja.mock.faults import find

if TYPE_CHECKING:
    from ruangkerja.spec.contract import Contract
    from tests.helpers.browsing import Browser

pytestmark = pytest.mark.browser

FAULT = "completed-without-a-date-behind-page-1"
BROKEN = "ITEM-10"


@pytest.fixture(scope="module")
def address(contract: Contract, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("report")
    token = contract.example_token
    with FaultyServer(contract) as server:
        server.faulty.fault = find(FAULT)
        courses = ("COURSE-HUNDRED", "COURSE-EMPTY", "COURSE-ONE-USER")
        config = RunConfig(contract, token, {"courseSerial": courses}, mine=True)
        check(Target.parse(server.url), config, CheckOptions(report_dir=folder), lambda _: None)
    return (folder / "report.html").as_uri()


@pytest.fixture
def report(browser: Browser, address: str) -> Browser:
    return browser.open(address)


def requirements(report: Browser) -> list[str]:
    """The requirements that the matrix shows."""
    return [element.text for element in report.all(".matrix tbody th")]


def test_it_says_at_once_whether_the_server_conforms_and_what_fails(report: Browser) -> None:
    head = report.text("header")
    assert "Not conforming" in head
    assert report.one("main").location["y"] < 450
    assert BROKEN in report.text("#summary ~ table.causes")


def test_it_is_filtered_by_verdict_and_by_level(report: Browser) -> None:
    every = requirements(report)
    assert BROKEN in " ".join(every)
    for box in report.all("input[name=verdict]"):
        if box.get_attribute("value") != "failed":
            box.click()
    assert [each.split()[0] for each in requirements(report)] == [BROKEN]
    assert f"1 of {len(every)}" in report.text(".shown")
    report.one("input[name=level][value=MUST]").click()
    assert requirements(report) == []


def test_a_link_leads_to_a_requirement_and_to_the_exchange(browser: Browser, address: str) -> None:
    browser.open(f"{address}#{BROKEN}")
    finding = browser.one(f"#{BROKEN}")
    place = browser.js("return arguments[0].getBoundingClientRect().top", finding)
    assert -5 <= place <= 60
    browser.click(f"#{BROKEN} summary", "cURL")
    assert "$RUANGKERJA_TOKEN" in browser.text(f"#{BROKEN} .copy pre")
    link = browser.one(f"#{BROKEN} a[href^='#exchange-']")
    number = str(link.get_attribute("href")).rpartition("#")[2]
    link.click()
    browser.until(lambda: browser.all(f"#{number}"), "the exchange")


def test_a_command_is_copied(report: Browser) -> None:
    report.click(f"#{BROKEN} summary", "cURL")
    command = report.copied(lambda: report.one(f"#{BROKEN} .copy button").click())
    assert command.startswith("curl ")
    assert "access_token" not in command


@pytest.mark.parametrize(
    ("scheme", "width", "rules"),
    [("light", 1280, ()), ("light", 360, ()), ("dark", 1280, ("color-contrast",))],
)
def test_nobody_is_kept_out(
    report: Browser, axe: str, scheme: str, width: int, rules: tuple[str, ...]
) -> None:
    """axe-core finds nothing, and nothing sticks out of a phone's window."""
    report.size(width, 800)
    report.look(scheme)
    for summary in report.all("main summary")[:6]:
        report.js("arguments[0].parentElement.open = true", summary)
    assert report.violations(axe, *rules) == []
    assert report.overflow() == 0


def test_what_axe_looks_for_it_finds(report: Browser, axe: str) -> None:
    report.js("document.querySelector('main').append(document.createElement('button'))")
    assert [found[0] for found in report.violations(axe)] == ["button-name"]


def test_it_is_printed_with_all_that_matters_on_paper(report: Browser) -> None:
    report.look(media="print")
    shown = report.text("body")
    assert BROKEN in shown
    assert "Not conforming" in shown
    assert report.all("nav") == report.all(".filters") == report.all("button") == []
    report.js("dispatchEvent(new Event('beforeprint'))")
    assert "$RUANGKERJA_TOKEN" in report.text(f"#{BROKEN}")
    printed = base64.b64decode(report.command("Page.printToPDF", paperWidth=8.27)["data"])
    assert printed.startswith(b"%PDF-")
    assert 1 < printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") < 40

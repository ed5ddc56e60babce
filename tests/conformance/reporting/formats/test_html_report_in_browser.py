"""The page as a browser shows it: its script runs, its links open what they lead to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.helpers import chromium
from tests.helpers.backend import Answer, Asked, Backend
from tests.helpers.report_pages import FAULTY, Page, crashing
from tests.helpers.running import run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = chromium.needed


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    run(FAULTY, report_dir=folder)
    return folder / "report.html"


def visited(report: Path, fragment: str = "") -> tuple[Page, str]:
    """The page once its script has run, and what it wrote to the console."""
    page, written = chromium.opened(f"{report.as_uri()}{fragment}", report.parent)
    return Page(page), written


def test_the_page_loads_without_a_word_and_has_its_filters_and_buttons(report: Path) -> None:
    page, said = visited(report)
    assert said == ""
    (form,) = page.of("form")
    assert "hidden" not in form
    assert len(page.of("button")) == len(re.findall('class="copy"', report.read_text()))
    assert not [row for row in page.of("tr") if "hidden" in row]


def test_a_link_to_an_exchange_opens_it(report: Path) -> None:
    number = re.findall(r'id="exchange-(\d+)"', report.read_text())[-1]
    closed, _ = visited(report)
    opened, _ = visited(report, f"#exchange-{number}")
    assert [d for d in closed.of("details") if "open" in d] == []
    assert len([d for d in opened.of("details") if "open" in d]) == 1


def test_without_scripts_everything_is_shown_and_nothing_pretends_to_work(report: Path) -> None:
    page = Page(report.read_text())
    (form,) = page.of("form")
    assert "hidden" in form
    assert page.of("button") == []
    assert not [row for row in page.of("tr") if "hidden" in row]


def test_more_than_ten_failed_requirements_fit_on_six_printed_pages(tmp_path: Path) -> None:
    def change(asked: Asked, answer: Answer) -> Answer:
        return answer if answer.status == 200 else crashing(asked, answer)

    result = run(Backend(change=change), report_dir=tmp_path)
    assert len(result.accused) > 10
    assert 3 <= chromium.pages((tmp_path / "report.html").as_uri(), tmp_path) <= 6

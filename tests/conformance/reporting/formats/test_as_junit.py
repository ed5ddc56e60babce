"""junit.xml, held against what Jenkins and GitLab read of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from ruangkerja.conformance.reporting.formats import as_junit
from ruangkerja.conformance.reporting.run.load_summary import LoadSummary, Timing
from ruangkerja.conformance.requests.probes.plan import Profile
from ruangkerja.conformance.verdicts.verdict import Exit
from tests.helpers.backend import TOKEN, Answer, Asked, Backend
from tests.helpers.report_pages import FAULTY
from tests.helpers.running import run

if TYPE_CHECKING:
    from ruangkerja.conformance.reporting.run.model import Run

# The schema of Jenkins' xUnit plugin, junit-10.xsd: the attributes of each element, those that are
# required in capitals, and the elements in it. A test case has no properties there, and no file.
SCHEMA = {
    "testsuites": ("name time tests failures errors", "testsuite"),
    "testsuite": (
        "NAME TESTS FAILURES ERRORS group time skipped timestamp hostname id package file log url",
        "testsuite properties testcase system-out system-err",
    ),
    "properties": ("", "property"),
    "property": ("NAME VALUE", ""),
    "testcase": ("NAME time classname group", "skipped error failure system-out system-err"),
    "failure": ("type message", ""),
    "error": ("type message", ""),
    "skipped": ("type message", ""),
    "system-out": ("", ""),
}
# GitLab reads a text with one of these types as a value.
VALUES = {"array", "boolean", "date", "decimal", "file", "float", "integer", "string", "symbol"}
HOSTILE = "\x00\x1b[31m\ufffe\ud800]]>&<" + "long " * 500


@pytest.fixture(scope="module")
def faulty() -> Run:
    return run(FAULTY)


def read(run: Run) -> ET.Element:
    """Return junit.xml as a service reads it, valid under the schema."""
    root = ET.fromstring(as_junit.render(run).encode())  # noqa: S314 - it is our own
    for element in root.iter():
        attributes, children = (text.split() for text in SCHEMA[element.tag])
        assert {each.tag for each in element} <= set(children)
        assert set(element.attrib) <= {name.lower() for name in attributes}
        assert {name.lower() for name in attributes if name.isupper()} <= set(element.attrib)
    return root


def red(root: ET.Element) -> dict[str, ET.Element]:
    """Return the failures and errors by test case."""
    cases = [(str(case.get("name")), case.find("*")) for case in root.iter("testcase")]
    return {n: told for n, told in cases if told is not None and told.tag in {"failure", "error"}}


def test_a_suite_is_a_section_and_a_case_a_requirement(faulty: Run) -> None:
    root = read(faulty)
    register = faulty.evidence.contract.register
    titles = [section.title for section in register.sections.values()]
    assert [suite.get("name") for suite in root] == ["Run", *titles]
    [page] = [case for case in root.iter("testcase") if "PAGE-03" in str(case.get("name"))]
    assert page.get("classname") == "ruangkerja.Paging"
    title = "PAGE-03 totalPage is the number of pages that totalItems needs"
    assert page.get("name") == title
    assert len(list(root.iter("testcase"))) == len(register) + 1


def test_the_numbers_are_those_of_the_cases(faulty: Run) -> None:
    root = read(faulty)
    for element in [root, *root]:
        cases = list(element.iter("testcase"))
        for name, tag in (("tests", "."), ("failures", "failure"), ("errors", "error")):
            counted = sum(case.find(tag) is not None for case in cases)
            assert element.get(name) == str(counted), (element.attrib, name)
    assert [name.partition(" ")[0] for name in red(root)] == ["ITEM-07", "PAGE-03"]


def test_no_two_cases_have_the_same_name(faulty: Run) -> None:
    """GitLab shows the first of them only."""
    names = [(case.get("classname"), case.get("name")) for case in read(faulty).iter("testcase")]
    assert len(names) == len(set(names))
    assert all(len(str(name)) <= 255 for _, name in names)


def test_the_times_of_all_cases_are_the_duration_of_the_run(faulty: Run) -> None:
    root = read(faulty)
    times = [float(str(case.get("time"))) for case in root.iter("testcase")]
    assert sum(times) == pytest.approx(faulty.duration, abs=0.05)
    assert float(str(root.get("time"))) == pytest.approx(faulty.duration, abs=0.01)
    assert sum(time > 0 for time in times) > 10


def test_a_failure_is_one_screen_with_commands_that_reproduce_it(faulty: Run) -> None:
    for told in red(read(faulty)).values():
        lines = str(told.text).splitlines()
        assert sum(-(-len(text) // as_junit.WIDTH) for text in lines) <= as_junit.LINES
        assert any(text.startswith("  curl ") and "C-100" in text for text in lines)
        assert lines[0][:280] == str(told.get("message"))[:280]
        assert TOKEN not in str(told.text)


def test_whatever_a_server_says_is_xml_and_no_longer_than_a_screen() -> None:
    def hostile(_: Asked, answer: Answer) -> Answer:
        if answer.status == 200:
            for item in answer.body["data"]["items"]:
                item["status"] = HOSTILE
        else:
            answer.body["message"] = HOSTILE
        return answer

    result = run(Backend(change=hostile), profile=Profile.SMOKE)
    root = read(result)
    assert red(root)
    for told in (each for case in root.iter("testcase") for each in case):
        lines = str(told.text).splitlines()
        assert sum(-(-len(text) // as_junit.WIDTH) for text in lines) <= as_junit.LINES
        assert told.get("type") not in VALUES


def test_a_run_that_ended_early_has_one_error_that_says_why() -> None:
    conforming = run(Backend(), profile=Profile.SMOKE)
    assert red(read(conforming)) == {}
    why = "the token stopped being accepted at request 61"
    evidence = replace(conforming.evidence, ended=why)
    for exit_ in (Exit.NOT_JUDGED, Exit.TOOL_ERROR):
        [told] = red(read(replace(conforming, evidence=evidence, exit=exit_))).values()
        assert told.tag == "error"
        assert why in str(told.text)


def test_too_little_coverage_is_a_failure(faulty: Run) -> None:
    told = red(read(replace(faulty, require_coverage=100)))["the data covers as much as required"]
    assert "required is 100 %" in str(told.text)


@pytest.mark.parametrize(("late", "tag"), [(0.0, "failure"), (10.0, "error"), (0.0, None)])
def test_a_limit_of_response_times_that_is_not_known_is_an_error(
    faulty: Run, late: float, tag: str | None
) -> None:
    p99 = 510.0 if tag else 500.0
    times = {"median": 20.0, "p90": 40.0, "p95": 80.0, "longest": 600.0}
    total = Timing(method="", path="", requests=100, failures=0, p99=p99, **times)
    load = LoadSummary(
        workers=1,
        rate=1.0,
        judged=100,
        judging=0.1,
        processor=1.0,
        late=late,
        total=total,
        operations=(),
        failures=(),
        limit=500.0,
    )
    told = red(read(replace(faulty, load=load))).get("response times keep the limit")
    assert (told.tag if told is not None else None) == tag

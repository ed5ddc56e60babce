"""The consumer's test in one process: a function stands for the command."""

from __future__ import annotations

import contextlib
import http.client
import json
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from ruangkerja.conformance.comparison.results.usage import load
from ruangkerja.conformance.verdicts.verdict import Exit
from ruangkerja.mock.faults import CATALOGUE, read_freedoms
from ruangkerja.traffic.consumer import command, report
from ruangkerja.traffic.consumer.command import Ended
from ruangkerja.traffic.consumer.results import Outcome
from ruangkerja.traffic.consumer.run import ConsumerTest, NotTestedError
from ruangkerja.traffic.consumer.stub import ChangingStub
from ruangkerja.traffic.consumer.usage import usage_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from ruangkerja.conformance.comparison.results.usage import Usage
    from ruangkerja.mock.faults import Freedom
    from ruangkerja.spec.contract import Contract
    from ruangkerja.traffic.consumer.results import Results

    Run = Callable[..., Results]

FREEDOMS = read_freedoms()
FAILURES = (AssertionError, LookupError, OSError, ValueError, http.client.HTTPException)
PATH = "/ruangkerja/dashboard/courses/{}/online/users?page={}&pageSize=10"


def get(url: str, course: str = "COURSE-EXAMPLE1", page: int = 1) -> Any:
    """A client that repeats nothing."""
    request = urllib.request.Request(  # noqa: S310 - of the test
        url + PATH.format(course, page), headers={"Authorization": "access_token"}
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as response:  # noqa: S310
            return json.load(response)["data"]
    except urllib.error.HTTPError as error:
        error.close()
        raise


def strict(url: str) -> None:
    for row in get(url)["items"]:
        assert len(row) == 7


def tolerant(url: str) -> None:
    assert get(url)["items"] is not None


@pytest.fixture(scope="module")
def stub(contract: Contract) -> Iterator[ChangingStub]:
    with ChangingStub(contract) as stub:
        yield stub


@pytest.fixture
def run(stub: ChangingStub, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Test a function that stands for the command."""

    def tested(
        client: Callable[[str], None],
        *names: str,
        faults: Sequence[str] = (),
        needs: Mapping[str, Freedom] | None = None,
    ) -> Results:
        def stand_in(
            _arguments: Sequence[str], environment: Mapping[str, str], _timeout: float, _most: int
        ) -> Ended:
            try:
                client(environment["URL"])
            except FAILURES as error:
                return Ended(1, 0.1, (f"it failed: {type(error).__name__} {error}",))
            return Ended(0, 0.1, ("it passed",))

        monkeypatch.setattr(command, "run", stand_in)
        test = ConsumerTest(stub, ["x"], ["npm", "test"], "URL", 9, lambda _: None)
        chosen = [FREEDOMS[name] for name in names], [CATALOGUE[name] for name in faults]
        return test.run(*chosen, needs=needs)

    return tested


def outcomes(results: Results) -> dict[str, str]:
    return {each.name: each.outcome.value for each in (*results.freedoms, *results.faults)}


def test_what_a_client_does_not_survive_is_named_with_its_last_lines(run: Run) -> None:
    results = run(strict, "more-members", "members-in-another-order", "past-the-end-is-404")
    assert outcomes(results) == {
        "more-members": "not survived",
        "members-in-another-order": "survived",
        "past-the-end-is-404": "not tried",
    }
    assert (results.exit_code, results.conclusion) == (1, "not survived: 1 of 2 freedoms")
    failed, survived, _ = results.freedoms
    assert failed.lines == ("it failed: AssertionError assert 10 == 7",) or failed.lines
    assert (survived.lines, survived.touched) == ((), 1)


def test_a_client_that_survives_all_that_reached_it_passes(run: Run) -> None:
    results = run(tolerant, "more-members", "empty-list", "names-of-300-characters")
    assert (results.exit_code, results.requests) == (0, 1)
    assert results.conclusion == "survived: 3 freedoms"


@pytest.mark.parametrize("name", ["busy-once", "unavailable-once", "dropped-once", "cut-off-once"])
def test_what_happens_once_reaches_a_client_once(run: Run, name: str) -> None:
    def repeating(url: str) -> None:
        try:
            get(url)
        except (OSError, http.client.HTTPException):
            time.sleep(0)
            get(url)

    assert outcomes(run(tolerant, name)) == {name: "not survived"}
    assert outcomes(run(repeating, name)) == {name: "survived"}


def test_a_freedom_that_changes_no_response_is_never_called_survived(run: Run) -> None:
    results = run(lambda url: get(url, "COURSE-EMPTY"), "all-that-can-be-null-is-null")
    assert outcomes(results) == {"all-that-can-be-null-is-null": "not tried"}
    assert results.exit_code == Exit.NOT_JUDGED
    assert results.conclusion == "not judged: no freedom changes a response to the command"


def test_faults_are_an_overview_and_change_no_exit_code(run: Run) -> None:
    faults = ("status-upper-case", "items-null-where-there-are-none", "success-is-201")

    def client(url: str) -> None:
        assert all(row["status"].islower() for row in get(url)["items"])

    results = run(client, "more-members", faults=faults)
    assert outcomes(results) == {
        "more-members": "survived",
        "status-upper-case": "noticed",
        "items-null-where-there-are-none": "not tried",
        "success-is-201": "not noticed",
    }
    assert results.exit_code == 0
    assert "noticed: 1 of 2 faults" in report.terminal(results)


def test_a_command_that_fails_by_itself_is_an_error_and_nothing_is_judged(run: Run) -> None:
    with pytest.raises(NotTestedError, match="fails without any freedom: exit code 1") as raised:
        run(lambda url: get(url, "COURSE-NONE"), "more-members")
    assert raised.value.ending is Exit.USAGE
    assert raised.value.lines


def test_a_command_that_fails_at_another_path_is_told_where_the_stub_is(run: Run) -> None:
    with pytest.raises(NotTestedError, match=r"exit code 1; the command sent no request .* URL"):
        run(lambda url: get(f"{url}/again"), "more-members")


def test_a_command_that_sends_nothing_is_not_judged(run: Run) -> None:
    with pytest.raises(NotTestedError, match=r"sent no request .* variable URL") as raised:
        run(lambda _url: None, "more-members")
    assert raised.value.ending is Exit.NOT_JUDGED


def test_a_command_that_fails_at_random_is_not_judged(run: Run) -> None:
    left = [True]

    def once(url: str) -> None:
        get(url)
        assert left
        left.clear()

    with pytest.raises(NotTestedError, match="passed without any freedom at first") as raised:
        run(once, "more-members")
    assert raised.value.ending is Exit.NOT_JUDGED


def test_secrets_and_commands_of_ci_systems_in_the_output_are_made_harmless(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEPLOY_TOKEN", "s3cr3t-of-the-team")

    def client(url: str) -> None:
        if len(get(url)["items"][0]) != 7:
            raise ValueError("::error::s3cr3t-of-the-team \x1b[31m \x07 http://me:pw@host/")

    results = run(client, "more-members")
    for text in (report.junit(results), report.markdown(results), results.json()):
        assert "s3cr3t" not in text
        assert "me:pw" not in text
        assert not {"\x1b", "\x07"} & set(text)
        assert "[31m" not in text
    assert "\n::error" not in report.progress(results.freedoms[0])


def test_reports_name_each_freedom_and_what_came_of_it(run: Run) -> None:
    results = run(
        strict, "more-members", "empty-list", "past-the-end-is-404", faults=["success-is-201"]
    )
    root = ET.fromstring(report.junit(results))  # noqa: S314 - our own
    cases = {case.get("name"): [child.tag for child in case] for case in root.iter("testcase")}
    assert cases == {
        "more-members": ["failure"],
        "empty-list": [],
        "past-the-end-is-404": ["skipped"],
        "success-is-201": ["skipped"],
    }
    text = report.markdown(results)
    assert text.startswith("## ❌ Not survived: 1 of 2 freedoms")
    assert "| `empty-list` |" in text
    read = json.loads(results.json())
    assert [each["outcome"] for each in read["freedoms"]] == [
        Outcome.NOT_SURVIVED,
        Outcome.SURVIVED,
        Outcome.NOT_TRIED,
    ]


def test_an_http_error_is_not_taken_for_a_failure_of_the_tool(run: Run) -> None:
    def client(url: str) -> None:
        with pytest.raises(urllib.error.HTTPError) as raised:
            get(url, "COURSE-NONE")
        assert raised.value.code == 404

    assert outcomes(run(client, "unknown-list-is-403")) == {"unknown-list-is-403": "not survived"}


def test_a_request_is_in_the_log_once_with_the_response_that_was_sent(
    run: Run, stub: ChangingStub
) -> None:
    def client(url: str) -> None:
        stub.requests.clear()
        get(url)

    run(client, "one-row", "more-members")
    assert [each.status for each in stub.requests] == [200]
    statuses: list[int] = []

    def repeating(url: str) -> None:
        stub.requests.clear()
        for _ in range(2):
            with contextlib.suppress(OSError):
                get(url)
        statuses[:] = [each.status for each in stub.requests]

    run(repeating, "busy-once")
    assert statuses == [429, 200]


def test_sequences_of_a_course_begin_anew_with_each_run(run: Run) -> None:
    def client(url: str) -> None:
        with pytest.raises(urllib.error.HTTPError):
            get(url, "COURSE-FLAKY-RATE-LIMITED")
        for _ in range(5):
            with contextlib.suppress(OSError):
                get(url, "COURSE-FLAKY-RATE-LIMITED")
        get(url, "COURSE-FLAKY-RATE-LIMITED")

    assert run(client, "more-members", "members-in-another-order").exit_code == 0


def test_a_course_that_drops_its_connections_stays_as_it_is(run: Run) -> None:
    def client(url: str) -> None:
        get(url)
        with pytest.raises((OSError, http.client.HTTPException)):
            get(url, "COURSE-DROPPED")

    assert run(client, "more-members", "busy-once").conclusion == "not survived: 1 of 2 freedoms"


@pytest.fixture
def used(run: Run, contract: Contract) -> Callable[..., Usage]:
    """Test a client, and return what it needs."""

    def tested(client: Callable[[str], None], *names: str) -> Usage:
        results = run(client, *names, needs=FREEDOMS)
        return usage_of("web", results, contract, FREEDOMS, ["busy-once"])

    return tested


def of_page(url: str) -> None:
    data = get(url)
    assert all(row["lastAccessMission"].endswith("Z") for row in data["items"])
    assert all("preTest" in row for row in data["items"])


def test_a_usage_file_says_what_a_client_requests_and_needs(used: Callable[..., Usage]) -> None:
    found = used(of_page, "times-in-another-offset", "more-members")
    [operation] = found.operations
    assert (operation.requests, operation.parameters) == (1, ("page", "pageSize"))
    assert operation.statuses == (200,)
    assert {each.place for each in found.members if each.needed} == {
        "/data",
        "/data/items",
        "/data/items/*/preTest",
        "/data/items/*/lastAccessMission",
    }
    by_name = {each.name: each for each in found.freedoms}
    offset = by_name["times-in-another-offset"]
    assert offset.survival == "not survived"
    assert [each.place for each in offset.places] == ["/data/items/*/lastAccessMission"]
    assert by_name["more-members"].survival == "survived"
    assert by_name["busy-once"].survival == "accepted"
    assert by_name["empty-list"].survival == "left out"
    assert by_name["past-the-end-is-404"].survival == "not met"
    met = {each.place for each in by_name["all-that-can-be-null-is-null"].met}
    assert "/data/items/*/postTest" in met


def test_a_usage_file_can_be_read_again(used: Callable[..., Usage], tmp_path: Path) -> None:
    found = used(tolerant, "more-members")
    (tmp_path / "web.json").write_text(found.json())
    assert load(tmp_path / "web.json") == found

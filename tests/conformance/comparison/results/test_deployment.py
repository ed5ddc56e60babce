"""Whether a server may be deployed, from files that say what it does and what its clients need."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ruangkerja.cli import main
from ruangkerja.conformance.comparison.results import deployment_text
from ruangkerja.conformance.comparison.results.deployment import Answer, Deployment, decide
from ruangkerja.conformance.comparison.results.reports import Report
from ruangkerja.conformance.comparison.results.usage import Usage
from ruangkerja.spec.contract import DEFAULT, load
from ruangkerja.spec.policies.policy import FOLDER

SHA = "a" * 64
TIME = "/data/items/*/lastAccess"


def report(**changes: Any) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "tool": {"name": "ruangkerja", "version": "1"},
        "target": {"url": "http://127.0.0.1:1", "stub": False},
        "contract": {"sha256": SHA},
        "started": "2026-01-01T00:00:00+00:00",
        "summary": {"exit_code": 0, "conclusion": "conforming: 2 of 2 requirements judged"},
        "configuration": {},
        "coverage": {"percent": 100, "points": []},
        "rules": [rule("A-01", "passed")],
        "exchanges": [],
        "operations": {"left_out": {}, "not_judged": {}, "parameters": {"list": ["page"]}},
        "freedoms": [taken("times-without-decimals"), taken("busy-once", of=9)],
        **changes,
    }


def rule(id_: str, verdict: str, *findings: dict[str, Any]) -> dict[str, Any]:
    found = {"id": id_, "title": id_, "verdict": verdict, "unused_waiver": ""}
    return {**found, "findings_total": len(findings), "findings": list(findings)}


def finding(operation: str | None, field: str | None = None) -> dict[str, Any]:
    message = f"{operation}: expected a text; got 7"
    return {"where": "x", "field": field, "message": message, "operation": operation}


def taken(name: str, *places: str, operation: str = "list", of: int = 30) -> dict[str, Any]:
    seen = [{"place": place, "count": 2, "exchange": 3} for place in places]
    return {"name": name, "operation": operation, "of": of, "seen": len(seen), "places": seen}


def usage(**changes: Any) -> dict[str, Any]:
    operation = {"operation": "list", "label": "GET /list", "requests": 1, "statuses": [200]}
    return {
        "schema_version": 1,
        "tool": {"name": "ruangkerja", "version": "1"},
        "client": "web",
        "contract": {"title": "t", "version": "1", "sha256": SHA},
        "operations": [{**operation, "parameters": ["page"]}],
        "freedoms": [freedom("times-without-decimals", "not survived")],
        "members": [],
        **changes,
    }


def freedom(name: str, survival: str, **changes: Any) -> dict[str, Any]:
    return {"name": name, "does": f"Does {name}.", "survival": survival, **changes}


def decided(found: dict[str, Any], *usages: dict[str, Any]) -> Deployment:
    return decide(
        msgspec.convert(found, Report),
        [msgspec.convert(each, Usage) for each in usages or [usage()]],
    )


def reasons(found: Deployment) -> tuple[Answer, str, str, str]:
    [decision] = found.decisions
    return (
        found.answer,
        "; ".join(decision.against),
        "; ".join(decision.open),
        "; ".join(decision.notes),
    )


def test_a_server_that_is_not_seen_to_take_what_a_client_does_not_survive_may_be_deployed() -> None:
    answer, against, open_, notes = reasons(decided(report()))
    assert (answer, against, open_) == (Answer.YES, "", "")
    assert notes.endswith(": times-without-decimals (30)")
    assert "which the server was not seen to take" in notes


def test_a_server_that_takes_it_may_not_and_the_exchange_is_named() -> None:
    found = decided(report(freedoms=[taken("times-without-decimals", TIME)]))
    answer, against, *_ = reasons(found)
    assert answer is Answer.NO
    assert against == (
        "the server takes times-without-decimals (seen in exchange 3, /data/items/*/lastAccess), "
        "and the client does not survive it: Does times-without-decimals."
    )


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        (
            "an operation that the client does not use",
            {
                "operations": [
                    {
                        "operation": "other",
                        "label": "GET /other",
                        "requests": 1,
                        "parameters": [],
                        "statuses": [200],
                    }
                ]
            },
        ),
        (
            "a place where the client survives it",
            {
                "freedoms": [
                    freedom(
                        "times-without-decimals",
                        "not survived",
                        places=[{"operation": "list", "place": "/other"}],
                    )
                ]
            },
        ),
        (
            "a place that showed it when the tests passed",
            {
                "freedoms": [
                    freedom(
                        "times-without-decimals",
                        "not survived",
                        met=[{"operation": "list", "place": TIME}],
                    )
                ]
            },
        ),
        (
            "the word of its team",
            {"freedoms": [freedom("times-without-decimals", "accepted")]},
        ),
    ],
)
def test_a_freedom_does_not_count_against_a_server_in(name: str, changes: dict[str, Any]) -> None:
    assert name
    found = decided(report(freedoms=[taken("times-without-decimals", TIME)]), usage(**changes))
    assert reasons(found)[1] == ""


OPEN = {
    "another contract": ({}, {"contract": {"title": "t", "version": "2", "sha256": "b" * 64}}),
    "no report of the freedoms": ({"freedoms": None}, {}),
    "a run that ended early": ({"rules": []}, {}),
    "a run that was not judged": (
        {"summary": {"exit_code": 3, "conclusion": "not judged: A-02 could not be judged"}},
        {},
    ),
    "a client that uses nothing": ({}, {"operations": []}),
    "a freedom that the client does not know": (
        {"freedoms": [taken("a-later-one", TIME)]},
        {"freedoms": []},
    ),
    "a client that was not tested": ({}, {"untested": "its test has not finished"}),
    "nothing that could show the freedom": ({"freedoms": []}, {}),
    "a load test, whose report has some of the exchanges": ({"load": {"users": 9}}, {}),
    "an operation without a success": (
        {"operations": {"left_out": {"GET /list": "it changes data"}, "parameters": {}}},
        {},
    ),
    "a parameter that the run did not send": ({"operations": {"parameters": {"list": []}}}, {}),
    "a freedom that the client was not tested with": (
        {"freedoms": [taken("times-without-decimals", TIME)]},
        {"freedoms": [freedom("times-without-decimals", "left out")]},
    ),
    "a member that can be missing and was never there": (
        {},
        {
            "members": [
                {"operation": "list", "place": "/data/note", "needed": True, "optional": True}
            ],
            "freedoms": [],
        },
    ),
}


@pytest.mark.parametrize("name", OPEN)
def test_what_was_not_judged_or_tried_is_never_a_yes(name: str) -> None:
    of_report, of_usage = OPEN[name]
    answer, against, open_, _ = reasons(decided(report(**of_report), usage(**of_usage)))
    assert (answer, against) == (Answer.NOT_JUDGED, "")
    assert open_


def test_the_advice_for_two_contracts_is_one_that_helps() -> None:
    client = usage(contract={"title": "t", "version": "2", "sha256": "b" * 64})
    policy = {"name": "clamp", "title": "t", "file": "f"}
    plain, clamping, clamped = (
        reasons(decided(report(policies=of_server), {**client, "policies": of_client}))[2]
        for of_server, of_client in (([], []), ([policy], []), ([], ["clamp"]))
    )
    assert plain.endswith("; name both files with --contract, or test one of them again")
    assert clamping == clamped
    assert clamped.endswith("--contract, and files of policies with --policy")


def test_a_report_without_a_server_is_of_an_unknown_one() -> None:
    found = decided(report(target={"url": "", "stub": False}))
    assert "server unknown, checked" in deployment_text.text(found)
    assert "`unknown`, checked" in deployment_text.markdown(found)


def test_a_failure_counts_in_the_operations_that_a_client_uses() -> None:
    summary = {"exit_code": 1, "conclusion": "not conforming"}
    mine, other = (
        decided(report(summary=summary, rules=[rule("A-01", "failed", finding(operation))]))
        for operation in ("list", "other")
    )
    assert reasons(mine)[:2] == (Answer.NO, "A-01 failed: list: expected a text; got 7")
    assert other.answer is Answer.YES
    assert "A-01 failed, in nothing that the client uses" in reasons(other)[3]


def test_a_failure_whose_findings_are_not_all_listed_counts_for_every_client() -> None:
    result = {**rule("A-01", "failed", finding("other")), "findings_total": 2}
    assert decided(report(rules=[result])).answer is Answer.NO


def test_a_waiver_does_not_excuse_a_member_that_a_client_needs() -> None:
    rules = [rule("A-01", "waived", finding("list", "/data/items/7/score"))]
    member = {"operation": "list", "place": "/data/items/*/score"}
    needing, sparing = (
        decided(report(rules=rules), usage(members=[{**member, "needed": needed}]))
        for needed in (True, False)
    )
    assert (needing.answer, sparing.answer) == (Answer.NO, Answer.YES)
    assert "which the client needs" in reasons(needing)[1]
    assert "A-01 waived" in reasons(sparing)[3]


def test_a_server_that_leaves_out_an_optional_member_that_a_client_needs_may_not() -> None:
    point = {"operation": "list", "place": "/note", "counted": True, "count": 4}
    points = [{**point, "value": "is there"}, {**point, "value": "is left out"}]
    members = [{"operation": "list", "place": "/note", "needed": True, "optional": True}]
    found = decided(report(coverage={"percent": 100, "points": points}), usage(members=members))
    assert reasons(found)[:2] == (
        Answer.NO,
        "the server leaves /note out, which the client needs",
    )


def test_a_reason_of_many_freedoms_is_given_once() -> None:
    names = ["slow", "busy-once", "one-row"]
    client = usage(freedoms=[freedom(name, "not survived") for name in names])
    found = decided(report(freedoms=[taken(name) for name in names]), client)
    assert reasons(found)[3].endswith(": slow (30), busy-once (30), one-row (30)")
    [decision] = found.decisions
    assert len(decision.notes) == 1


def test_markdown_names_all_freedoms_of_a_reason() -> None:
    names = [f"a-freedom-with-the-number-{number}" for number in range(60)]
    client = usage(freedoms=[freedom(name, "not survived") for name in names])
    shown = deployment_text.markdown(decided(report(freedoms=[*map(taken, names)]), client))
    assert [name for name in names if f"{name} (30)" not in shown] == []


def test_one_client_that_is_not_served_decides() -> None:
    other = usage(client="app", freedoms=[freedom("busy-once", "not survived")])
    served = usage(freedoms=[freedom("busy-once", "survived")])
    untested = usage(client="new", untested="its test has not finished")
    found = decided(report(freedoms=[taken("busy-once", "")]), served, untested, other)
    assert [each.answer for each in found.decisions] == [
        Answer.YES,
        Answer.NOT_JUDGED,
        Answer.NO,
    ]
    assert found.exit == 1
    assert deployment_text.conclusion(found) == (
        "may not be deployed: it does not serve 1 of 3 clients"
    )


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    hostile = usage(client="web|\n::error::\x1b[31m")
    for name, value in (("report", report()), ("usage", hostile)):
        (tmp_path / f"{name}.json").write_text(json.dumps(value))
    return [str(tmp_path / f"{name}.json") for name in ("report", "usage")]


def test_the_command_prints_text_markdown_and_json(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    for form in ("text", "markdown", "json"):
        with pytest.raises(SystemExit) as ended:
            main(["may-deploy", *files, "--format", form])
        shown = capsys.readouterr().out
        assert ended.value.code == 0
        assert "\x1b" not in shown
        assert "\n::error" not in shown
        if form == "json":
            assert json.loads(shown)["answer"] == "yes"
        else:
            assert "ay be deployed: it serves 1 client" in shown


def test_contracts_are_known_under_the_policies_of_the_tests(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    built_in, own = DEFAULT.parent / FOLDER / "oversize-clamp.yaml", tmp_path / "own.yaml"
    own.write_bytes(built_in.read_bytes())
    contract = ["--contract", str(DEFAULT)]
    for name, policy, more in (
        ("oversize-clamp", built_in, contract),
        ("own", own, [*contract, "--policy", str(own)]),
    ):
        changed = {"sha256": load(policies=[policy]).digest}
        server = report(policies=[{"name": name, "title": "t", "file": "f"}], contract=changed)
        client = usage(contract={"title": "t", "version": "1", "sha256": load().digest})
        for file, value in zip(files, (server, client), strict=True):
            Path(file).write_text(json.dumps(value))
        for options, is_known in (([], False), (more, True)):
            with pytest.raises(SystemExit):
                main(["may-deploy", *files, *options])
            assert ("was checked against another contract" in capsys.readouterr().out) != is_known
    with pytest.raises(SystemExit) as ended:
        main(["may-deploy", *files, "--policy", files[0]])
    assert ended.value.code == 2
    assert "nothing was tested with a policy 'report'" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["{", "[]", '{"schema_version": 2}', "{}"])
def test_a_file_that_is_no_usage_file_is_named(
    files: list[str], tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "usage.json").write_text(text)
    with pytest.raises(SystemExit) as ended:
        main(["may-deploy", *files])
    assert ended.value.code == 2
    shown = capsys.readouterr().err
    assert shown.startswith(files[1])
    assert "`ruangkerja consumer --usage` writes such a file" in shown
    assert len(shown.splitlines()) == 1

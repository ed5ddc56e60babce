from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.config.run_config import RunConfig
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.privacy.redaction import Redaction
from ruangkerja.conformance.requests.probes.plan import Profile
from ruangkerja.conformance.survey import plan as planning
from ruangkerja.spec.contract import load
from tests.helpers.backend import TOKEN, Backend
from tests.helpers.running import run

if TYPE_CHECKING:
    from ruangkerja.spec.contract import Contract

TARGET = Target.parse("http://127.0.0.1:8080/api")


def config(contract: Contract, profile: Profile, **more: object) -> RunConfig:
    lists = {"courseSerial": ("C-100",)}
    return RunConfig(contract, TOKEN, lists, profile, **{"mine": True, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(("profile", "most"), [(Profile.SMOKE, 12), (Profile.GATE, 200)])
def test_a_plan_keeps_to_the_number_of_its_profile(
    contract: Contract, profile: Profile, most: int
) -> None:
    planned = planning.describe(config(contract, profile), TARGET)
    assert sum(part.most for part in planned) <= most


@pytest.mark.parametrize("total", [1, 10, 100, 479, 1_800, 2_700, 1_000_003])
@pytest.mark.parametrize("profile", [Profile.SMOKE, Profile.GATE])
def test_a_run_sends_what_was_planned_and_no_more(
    contract: Contract, profile: Profile, total: int
) -> None:
    result = run(Backend(courses={"C-100": total}), profile=profile)
    sent = [exchange.request for exchange in result.evidence.exchanges]
    target = result.target
    planned = planning.describe(config(contract, profile), target)
    mask = Redaction([TOKEN]).request
    known = [mask(part.request) for part in planned if part.request is not None]
    assert len(sent) <= planning.most_requests(config(contract, profile), planned)
    walked = list(sent)
    for request in known:
        walked.remove(request)  # every one of them was sent, as often as planned
    assert len(walked) <= sum(part.most for part in planned if part.request is None)


def test_methods_that_write_are_for_a_list_that_does_not_exist_unless_the_server_is_mine(
    contract: Contract,
) -> None:
    def paths(*, mine: bool) -> set[str]:
        planned = planning.describe(config(contract, Profile.GATE, mine=mine), TARGET)
        writing = [p.request for p in planned if p.request and p.request.method != "GET"]
        assert {request.method for request in writing} == {"POST", "PUT", "PATCH", "DELETE"}
        assert all(dict(r.headers).get("Content-Length", "0") == "0" for r in writing)
        return {request.path.split("/courses/")[1] for request in writing}

    assert paths(mine=False) == {"COURSE-NONE/online/users"}
    assert len(paths(mine=True)) == 2


def test_a_plan_for_people_has_a_line_for_each_request_and_no_token(contract: Contract) -> None:
    asked = config(contract, Profile.GATE)
    text = list(planning.lines(asked, planning.describe(asked, TARGET)))
    assert text[0].startswith("profile gate: at most 1")
    path = "/api/ruangkerja/dashboard/courses/C-100/online/users"
    again = "(the first request again, to see whether it still succeeds)"
    assert f"           2  GET {path}?page=1&pageSize=10  {again}" in text
    assert f"  up to    9  {again[1:-1]}" in text
    assert any("(pageSize=0.5, generated: " in line for line in text)
    assert any(line.startswith("  up to ") and "100, 33, 10, 7" in line for line in text)
    assert TOKEN not in "\n".join(text)
    assert all(line.isprintable() for line in text)


def test_a_plan_of_a_deep_run_says_what_has_no_number(contract: Contract) -> None:
    asked = config(contract, Profile.DEEP)
    text = list(planning.lines(asked, planning.describe(asked, TARGET)))
    assert "--max-time" in text[-1]
    limited = config(contract, Profile.DEEP, max_requests=40)
    assert planning.most_requests(limited, planning.describe(limited, TARGET)) == 40


def test_several_lists_share_the_pages_that_are_left(contract: Contract) -> None:
    lists = {"courseSerial": ("C-1", "C-2", "C-3")}
    planned = planning.describe(RunConfig(contract, TOKEN, lists, Profile.GATE, overlap=0), TARGET)
    again = "the first request again, to see whether it still succeeds"
    walks = [part for part in planned if part.request is None and part.note != again]
    assert [part.note.split(" at ")[0] for part in walks] == [
        "pages of C-1 without a valid token",
        "all pages of C-1",
        "pages of C-2 without a valid token, or out of bounds",
        "all pages of C-2",
        "pages of C-3 without a valid token, or out of bounds",
        "all pages of C-3",
    ]


def test_the_budget_grows_with_the_lists(contract: Contract) -> None:
    def limit(*names: str, **more: object) -> int | None:
        return RunConfig(contract, TOKEN, {"courseSerial": names}, **more).limit  # type: ignore[arg-type]

    assert limit("C-1") == 200
    assert limit("C-1", "C-2", "C-3") == 260
    assert limit("C-1", "C-2", max_requests=40) == 40
    assert limit("C-1", "C-2", profile=Profile.SMOKE) == 13
    assert limit("C-1", "C-2", profile=Profile.DEEP) is None


def test_a_plan_names_the_policies_of_the_contract() -> None:
    chosen = config(load(policies=["past-end-empty", "clamp"]), Profile.SMOKE)
    first, second, third, *_ = planning.lines(chosen, planning.describe(chosen, TARGET))
    assert first == "policy past-end-empty (a page after the last one is empty)"
    assert second.startswith("policy oversize-clamp (")
    assert third.startswith("profile smoke: ")

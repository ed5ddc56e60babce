"""Values that follow from each other and from the calendar, as the contract describes them."""

from __future__ import annotations

import datetime as dt
import json
import statistics
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.mock.data.keystream import Draw
from ruangkerja.mock.data.providers import Derived, ProviderError, Providers
from ruangkerja.mock.responder import Responder
from ruangkerja.mock.settings import Settings
from ruangkerja.spec.contract import load
from ruangkerja.spec.documents.problems import SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.spec.contract import Contract

    from ..conftest import Caller, MakeCaller

JAKARTA = dt.timezone(dt.timedelta(hours=7))


@pytest.fixture(scope="module")
def users(call: Caller) -> list[Any]:
    pages = [call.users("COURSE-TEN-MILLION", n, 100).json["data"]["items"] for n in range(1, 11)]
    return [user for page in pages for user in page]


def times(users: list[Any]) -> list[dt.datetime]:
    return [dt.datetime.fromisoformat(each["lastAccessMission"]) for each in users]


def of_status(users: list[Any], member: str, status: str) -> list[Any]:
    found = [each[member] for each in users if each["status"] == status]
    return [value for value in found if value is not None]


def test_who_knew_more_before_the_course_knows_more_after_it(users: list[Any]) -> None:
    scores = [(each["preTest"], each["postTest"]) for each in users]
    before, after = zip(*[pair for pair in scores if None not in pair], strict=True)
    assert 0.5 < statistics.correlation(before, after) < 0.9
    assert statistics.mean(after) > statistics.mean(before) + 10


def test_status_and_time_agree_with_the_scores(users: list[Any]) -> None:
    completed, failed = (of_status(users, "postTest", name) for name in ("completed", "failed"))
    assert min(completed) > max(failed)
    spent = {
        name: statistics.mean(of_status(users, "timeSpent", name))
        for name in ("completed", "in_progress", "expired", "not_started")
    }
    assert spent["completed"] > spent["in_progress"] > spent["expired"] > spent["not_started"] == 0
    pairs = [(each["postTest"], each["timeSpent"]) for each in users if each["completedAt"]]
    assert statistics.correlation(*zip(*pairs, strict=True)) > 0.4


def test_courses_are_opened_in_working_hours_in_jakarta(users: list[Any]) -> None:
    local = [time.astimezone(JAKARTA) for time in times(users)]
    assert {time.weekday() for time in local} == set(range(5))
    assert {time.hour for time in local} == set(range(8, 17))


def test_a_course_is_completed_on_a_working_day_up_to_the_last_access(users: list[Any]) -> None:
    done = [each for each in users if each["completedAt"]]
    days = Counter()
    for each, last in zip(done, times(done), strict=True):
        day = dt.date.fromisoformat(each["completedAt"])
        assert day.weekday() < 5
        days[(last.astimezone(JAKARTA).date() - day).days] += 1
    assert min(days) == 0
    assert 0.3 < days[0] / len(done) < 0.8


def test_the_data_ends_on_a_day_and_is_otherwise_the_same(
    caller: MakeCaller, users: list[Any]
) -> None:
    other = caller(today=dt.date(2024, 3, 1))
    moved = other.users("COURSE-TEN-MILLION", 1, 100).json["data"]["items"]
    for last in times(moved):
        assert dt.date(2023, 3, 2) <= last.date() < dt.date(2024, 3, 1)
    assert max(times(moved)).date() > dt.date(2024, 2, 20)
    for name in ("user", "preTest", "postTest", "status"):
        assert [each[name] for each in moved] == [each[name] for each in users[:100]]


def test_data_that_the_laws_about_time_reject_is_not_served(contract: Contract) -> None:
    with pytest.raises(SourceError, match=r"data that ends on 9000-01-01 is invalid: /lastAccess"):
        Responder(contract, Settings(today=dt.date(9000, 1, 1)))


def drawn(directive: Any, *sources: Any, today: dt.date | None = None) -> set[Any]:
    made = Providers(None, today).read(directive)
    make = made.make if isinstance(made, Derived) else made
    arguments = (sources,) if isinstance(made, Derived) else ()
    return {make(Draw(bytes([seed])), *arguments) for seed in range(100)}


def test_a_normal_number_keeps_its_bounds_and_its_step() -> None:
    arguments = {"mean": 5, "deviation": 3, "min": 1, "max": 9, "step": 0.5}
    found = drawn({"normal": arguments})
    assert min(found) >= 1
    assert max(found) <= 9
    assert all(value * 2 == int(value * 2) for value in found)
    assert "5.0" not in json.dumps(sorted(found))
    assert drawn({"normal": {**arguments, "mean": 900}}) == {9}
    plus = {**arguments, "deviation": 0, "plus": {"/a": 0.5, "/b": 1}}
    assert drawn({"normal": plus}, 4, None) == {7}


def test_an_instant_is_within_its_hours_even_where_the_bounds_cut_them() -> None:
    arguments = {"from": "today-1d", "to": "today", "hours": "23:30-23:59", "offset": "-02:30"}
    found = drawn({"instant": arguments}, today=dt.date(2024, 3, 1))
    assert min(found) >= "2024-03-01T02:00"
    assert max(found) < "2024-03-01T02:29:00.001Z"
    late = {"from": "2024-03-01T10:00:00Z", "to": "2024-03-04T10:00:00Z", "days": ["mon", "fri"]}
    assert {time[:10] for time in drawn({"instant": late})} == {"2024-03-01", "2024-03-04"}


@pytest.mark.parametrize(
    "other", [{"hours": "10:00-11:00"}, {"days": ["sat"]}, {"offset": "+12:00"}, {"to": "today-9d"}]
)
def test_times_that_differ_in_one_argument_are_drawn_apart(other: dict[str, Any]) -> None:
    usual = {"from": "today-20d", "to": "today", "hours": "08:00-09:00", "days": ["mon"]}
    today = dt.date(2024, 3, 1)
    first = drawn({"instant": usual}, today=today)
    assert first != drawn({"instant": {**usual, **other}}, today=today)
    assert drawn({"instant": usual}, today=today) == first


def test_a_day_can_be_earlier_by_working_days_and_follows_the_offset() -> None:
    day = {"member": "/t", "offset": "+07:00", "earlier": [1], "days": ["mon", "fri"]}
    assert drawn({"day_of": day}, "2024-03-03T17:00:00Z") == {"2024-03-01"}
    assert drawn({"day_of": "/t"}, "2024-03-03T23:00:00-05:00") == {"2024-03-03"}
    assert drawn({"day_of": "/t"}, "") == {""}
    assert drawn({"day_of": "/t"}, None) == {None}


@pytest.mark.parametrize(
    ("directive", "said"),
    [
        ({"normal": {"mean": 1, "deviation": 1, "min": 2, "max": 1}}, "min <= max"),
        ({"normal": {"mean": 1, "deviation": 1, "min": 0, "max": 1, "steps": 1}}, "'steps'"),
        ({"normal": {"mean": 1}}, "deviation"),
        ({"instant": {"from": "today", "to": "today-1d"}}, "from is later than to"),
        ({"instant": {"from": "now", "to": "today"}}, "now"),
        ({"instant": {"from": "today-9d", "to": "today", "hours": "9-5"}}, "'08:00-17:00'"),
        ({"instant": {"from": "today-9d", "to": "today", "days": ["monday"]}}, "mon, tue"),
        ({"instant": {"from": "today-1d", "to": "today", "days": ["fri"]}}, "no such day"),
        ({"instant": {"from": "today-1d", "to": "today", "offset": "WIB"}}, "'+07:00'"),
        ({"day_of": {"member": "/t", "earlier": [-1]}}, "list of numbers of days"),
        ({"day_of": {"members": "/t"}}, "'members'"),
    ],
)
def test_wrong_arguments_are_refused_with_what_is_right(directive: Any, said: str) -> None:
    with pytest.raises(ProviderError, match=r"^(normal|instant|day_of): ") as caught:
        Providers(None, dt.date(2024, 3, 1)).read(directive)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("member", "said"),
    [
        ("/nothing", "the record has no member /nothing"),
        ("/postTest", "/postTest and /preTest follow from each other"),
    ],
)
def test_what_follows_from_nothing_or_in_a_circle_is_refused_with_its_line(
    tmp_path: Path, contract: Contract, member: str, said: str
) -> None:
    path = tmp_path / "openapi.yaml"
    text = contract.path.read_text(encoding="utf-8")
    old = "normal: {mean: 50,"
    path.write_text(text.replace(old, f"{old} plus: {{{member}: 1}},"), encoding="utf-8")
    line = text[: text.index(old)].count("\n")
    with pytest.raises(SourceError, match=rf"openapi\.yaml:{line}: {said}"):
        Responder(load(path), Settings())

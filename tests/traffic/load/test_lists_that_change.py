"""Nobody is blamed for lists that change in any way, from stale replicas and out of order."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.http.exchange import Exchange, Request, Response
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.judging.judge import JudgeOptions
from ruangkerja.conformance.verdicts.verdict import Outcome
from ruangkerja.traffic.load.judging import Judge, Results
from tests.helpers.backend import OTHERS, TOKEN, Answer, Asked, error, page_of, user

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ruangkerja.spec.contract import Contract

WAYS = ("enrol", "leave", "first", "replace", "return", "work")
REQUESTS = 600


class School:
    """Courses that change in some ways; a stale response is of one of the last versions."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.ways = draw.sample(WAYS, draw.choice([1, 1, 2, 6]))
        self.is_stale, self.rejects = draw.random() < 0.3, draw.random() < 0.4
        self.per_token = draw.random() < 0.5
        self.moves = draw.choice([0.002, 0.02, 0.2, 0.6])
        sizes = (draw.choice([0, 3, 15, 40, 90]) for _ in range(3))
        courses = {f"C-{n}": draw.sample(range(200), size) for n, size in enumerate(sizes)}
        self.versions = [{**courses, "C-3": courses["C-2"]}]
        self.spent: dict[int, int] = {}

    def change(self) -> None:
        """Change one course in one way."""
        latest, draw = self.versions[-1], self.draw
        course, way = draw.choice(sorted(latest)), draw.choice(self.ways)
        users = list(latest[course])
        place, somebody = draw.randrange(len(users) + 1), draw.randrange(200, 100_000)
        if way in {"leave", "replace"} and users:
            del users[place - 1]
        if way in {"enrol", "replace"}:
            users.append(somebody)
        elif way == "first":
            users.insert(0, somebody)
        elif way == "return" and 7 in users:
            users.remove(7)
        elif way == "return":
            users.insert(len(users) // 2, 7)
        elif way == "work":
            self.spent[draw.randrange(200)] = draw.randrange(1, 9)
        self.versions.append({**latest, course: list(dict.fromkeys(users))})

    def answer(self) -> tuple[str, str, Answer]:
        """Answer a request for some page; return its target and its token, too."""
        draw, version = self.draw, self.versions[-1]
        if self.is_stale and draw.random() < 0.4:
            version = draw.choice(self.versions[-4:])
        course, size = draw.choice(sorted(version)), draw.choice([7, 10, 10, 20])
        page, token = draw.randrange(1, draw.choice([2, 4, 12])), draw.choice([TOKEN, OTHERS])
        users = version[course][:: -1 if self.per_token and token == OTHERS else 1]
        rows = [self._row(index) for index in users[(page - 1) * size : page * size]]
        asked = Asked("GET", "", {}, {}, page=page, size=size)
        answer = Answer(200, page_of(asked, len(users), rows))
        if self.rejects and not rows and page > 1:
            answer = error(404, "no such page")
        path = f"/ruangkerja/dashboard/courses/{course}/online/users"
        return f"{path}?page={page}&pageSize={size}", token, answer

    def _row(self, index: int) -> dict[str, object]:
        row = user(index)
        row["timeSpent"] += self.spent.get(index, 0) if row["timeSpent"] else 0
        return row

    def exchanges(self) -> Iterator[Exchange]:
        """Yield exchanges in the order of their responses."""
        now, made = 1_700_000_000.0, []
        pause = self.draw.choice([0.002, 0.01, 0.05])
        for _ in range(REQUESTS):
            now += self.draw.random() * pause
            duration = self.draw.choice([0.003, 0.003, 0.01, 0.1])
            made.append((now + duration * self.draw.random(), now, duration))
        found = []
        for _, started, duration in sorted(made):
            if self.draw.random() < self.moves:
                self.change()
            target, token, answer = self.answer()
            kind = "application/json"
            headers = (("Accept", kind), ("Content-Type", kind), ("Authorization", token))
            sent = tuple(answer.headers.items())
            response = Response(answer.status, "", "HTTP/1.1", sent, answer.data, len(answer.data))
            request = Request("GET", target.encode(), headers)
            found.append(Exchange(0, request, response, None, started, duration))
        yield from sorted(found, key=lambda each: each.started + each.duration)


@pytest.mark.parametrize("seed", range(6))
def test_nobody_is_blamed_for_a_list_that_changes(contract: Contract, seed: int) -> None:
    target, known = Target.parse("http://127.0.0.1"), frozenset(f"C-{n}" for n in range(4))
    judges = [Judge(contract, target, tokens=(TOKEN, OTHERS), known=known) for _ in range(2)]
    options = JudgeOptions(passive=True, show_data=True)
    results = Results(contract, target, options, known=known)
    for number, exchange in enumerate(School(random.Random(seed)).exchanges()):  # noqa: S311
        assert not judges[number % 2].add(exchange, user=number % 20)
        if number % 100 > 97:
            for judge in judges:
                judge.learn(
                    results.merge(str(number % 2), judges[number % 2].part()) or {"facts": []}
                )
    for number, judge in enumerate(judges):
        results.merge(str(number), judge.part())
    run = results.conclude(started=1_700_000_000.0, duration=60.0)
    wrong = {Outcome.FAILED, Outcome.WARNED, Outcome.ERROR}
    assert [v.requirement.id for v in run.verdicts if v.outcome in wrong] == []
    assert run.requests == REQUESTS

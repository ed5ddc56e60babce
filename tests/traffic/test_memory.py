"""What the proxy remembers of one exchange changes nothing that is found in the next ones."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import pytest
import yaml

from ruangkerja.conformance.http.exchange import Exchange, Failure, FailureKind, Response
from ruangkerja.conformance.mutation.in_process import read
from ruangkerja.conformance.mutation.run import MutantRunner
from ruangkerja.conformance.records.record import Record
from ruangkerja.conformance.records.request_parser import RequestParser
from ruangkerja.conformance.rules import rules_for
from ruangkerja.conformance.rules.subjects import SEVERAL
from ruangkerja.conformance.suite.selftest import TOKEN
from ruangkerja.conformance.verdicts.deciding import judge
from ruangkerja.conformance.verdicts.verdict import Outcome
from ruangkerja.mock.faults import CATALOGUE
from ruangkerja.spec import contract as contracts
from ruangkerja.spec.documents.pointers import elements
from ruangkerja.spec.register import Level
from ruangkerja.traffic.incremental import IncrementalJudge
from ruangkerja.traffic.passive import PassiveEvidence
from ruangkerja.traffic.sanitizer import Sanitizer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ruangkerja.conformance.mutation.in_process import Answer
    from ruangkerja.conformance.records.finding import Finding
    from ruangkerja.conformance.verdicts.verdict import Verdict
    from ruangkerja.spec.contract import Contract

TOLD = {Outcome.FAILED, Outcome.WARNED, Outcome.ERROR}
STATUSES = (200, 201, 202, 206, 299, 301, 400, 401, 404, 500)
OTHER_HEADERS = (
    ("Content-Type", "text/html"),
    ("Content-Type", "application/json; charset=latin-1"),
    ("Set-Cookie", "session=abcdef0123456789"),
    ("X-Api-Key", "k" * 30),
    ("ETag", TOKEN),
)
OTHER_QUERIES = ("page=1", "page=900&pageSize=10", "page=2&pageSize=50", "pageSize=0&page=1", "")


@pytest.fixture(
    scope="module",
    params=[pytest.param(1, id="all", marks=pytest.mark.long), pytest.param(15, id="some")],
)
def every(request: pytest.FixtureRequest) -> int:
    """Every which exchange is judged."""
    found: int = request.param
    return found


@pytest.fixture(scope="module")
def traffic(contract: Contract, every: int) -> list[Exchange]:
    """The requests of a run, the responses with mutants and faults, and the right ones between."""
    with MutantRunner(contract, 400) as runner:
        inside = runner._inside
        sent = [*dict.fromkeys(each.data for each in inside.sent)]
        pairs = [(data, inside.answer(data)) for data in sent]
        for mutant in runner.mutants:
            pairs.append((mutant.sent.data, inside.answer(mutant.sent.data, mutant.fault)))
            pairs.append((mutant.sent.data, inside.answer(mutant.sent.data)))
        valid = [data for data, answer in pairs[: len(sent)] if answer.response.is_success]
        for fault in CATALOGUE.values():
            if not fault.slow:
                pairs += [(data, inside.answer(data, fault)) for data in valid[:4]]
        found = [exchange_of(data, answer) for data, answer in pairs]
    changes = [*changed(found[:200])]
    return [*found[::every], *found[:2], *changes[::every]]


def exchange_of(data: bytes, answer: Answer) -> Exchange:
    request = read(data)
    if not answer.data:
        failure = Failure(FailureKind.DROPPED, "The connection was closed.")
        return Exchange(1, request, None, failure, 1_700_000_000.0, 0.01)
    status, headers, body = answer.response.status, answer.response.headers, answer.response.body
    texts = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in headers)
    response = Response(status, "Stub", "HTTP/1.1", texts, body, len(body))
    return Exchange(1, request, response, None, 1_700_000_000.0, 0.01)


def changed(exchanges: list[Exchange]) -> Iterator[Exchange]:
    """Yield exchanges of which one part each is another one, after all of them were seen."""
    for exchange in exchanges:
        response, request = exchange.response, exchange.request
        if response is None:
            continue
        others = [replace(response, status=status) for status in STATUSES]
        others += [with_header(response, *header) for header in OTHER_HEADERS]
        others += [replace(response, headers=()), replace(response, body=response.body[:-1])]
        others += [replace(response, body=body) for body in others_of(response.body)]
        yield from (replace(exchange, response=other) for other in others)
        path = request.target.partition(b"?")[0]
        for query in OTHER_QUERIES:
            other = replace(request, target=path + b"?" + query.encode())
            yield replace(exchange, request=other)


def with_header(response: Response, name: str, value: str) -> Response:
    kept = [header for header in response.headers if header[0].lower() != name.lower()]
    return replace(response, headers=(*kept, (name, value)))


def others_of(body: bytes) -> Iterator[bytes]:
    """Yield bodies with other rows, and with what JSON allows and no client expects."""
    yield body.replace(b":", b":NaN,", 1)
    try:
        data = json.loads(body)
        rows = data["data"]["items"]
    except (ValueError, LookupError, TypeError):
        return
    yield body[:-1] + b',"data":' + json.dumps(data["data"]).encode() + b"}"
    for items in (rows[:-1], [*rows, *rows[:1]], [*rows[:1], *rows[:-1]], [], [1], None):
        yield json.dumps({**data, "data": {**data["data"], "items": items}}).encode()
    for total in (0, 1, 10, len(rows), 10_000_000, "7", 1.0, True):
        yield json.dumps({**data, "data": {**data["data"], "totalItems": total}}).encode()


def told(verdicts: list[Verdict]) -> list[tuple[object, ...]]:
    return [
        (v.requirement.id, v.outcome, v.count, v.reason, [_shown(f) for f in v.findings])
        for v in verdicts
    ]


def _shown(finding: Finding) -> tuple[str, str | None, int | None]:
    return finding.message, finding.field, finding.row


def by_all_rules(contract: Contract, evidence: PassiveEvidence) -> list[Verdict]:
    rules = rules_for(contract)
    verdicts = (
        judge(evidence, each, [rule for rule in rules[each.id] if rule.of not in SEVERAL])
        for each in contract.register
        if each.level is not Level.INFO
    )
    return [verdict for verdict in verdicts if verdict.outcome in TOLD]


def forgetful(contract: Contract) -> None:
    """Forget the results of laws."""
    for schema in contract.schemas._compiled.values():
        for law in schema.laws:
            for results in (law.when, law.rule, law.outcomes):
                results.clear()


@pytest.fixture(scope="module", params=["laws", "no laws"])
def path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The contract, with its laws or without them, so that rules alone find what they find, too."""
    if request.param == "laws":
        return contracts.DEFAULT
    document = yaml.safe_load(contracts.DEFAULT.read_text(encoding="utf-8"))
    for _, element in elements(document):
        if isinstance(element, dict):
            element.pop("x-validations", None)
    found = tmp_path_factory.mktemp("contract") / "openapi.yaml"
    found.write_text(yaml.safe_dump(document), encoding="utf-8")
    return found


def test_an_exchange_is_judged_as_if_it_were_the_first(
    traffic: list[Exchange], every: int, path: Path
) -> None:
    contract, other = contracts.load(path), contracts.load(path)
    tokens = frozenset({TOKEN})
    reader = RequestParser(contract, tokens=tokens, prefix=contract.base_path)
    remembering, evidence = IncrementalJudge(contract), PassiveEvidence(contract, reader)
    judged = failed = 0
    for number, each in enumerate(traffic, start=1):
        exchange = replace(each, number=number)
        record = evidence.add(exchange)
        if record is None:
            continue
        found = told(remembering.alone(evidence.only([record])))
        fresh = RequestParser(other, tokens=tokens, prefix=other.base_path)
        forgetful(other)
        again = PassiveEvidence(other, fresh)
        once = again.add(exchange)
        assert once is not None
        # What was seen before says what a path parameter names.
        conditions = record.reading.conditions
        once.reading = replace(once.reading, conditions=conditions)
        assert (record.reading.values, record.operation.id) == (
            once.reading.values,
            once.operation.id,
        )
        assert reader.read(exchange.request).conditions == fresh.read(exchange.request).conditions
        expected = told(by_all_rules(other, again.only([once])))
        assert found == expected, (exchange.request.target, exchange.response)
        assert record.judgement == Record(other, exchange, once.reading).judgement
        judged += 1
        failed += bool(found)
    assert judged > 5_000 / every
    assert failed > 2_000 / every


def test_secrets_are_masked_as_if_they_were_the_first(
    contract: Contract, traffic: list[Exchange]
) -> None:
    remembering = Sanitizer(contract, [TOKEN], ["hidden-secret-77"])
    for exchange in islice(traffic, 0, None, 7):
        assert remembering(exchange) == Sanitizer(contract, [TOKEN], ["hidden-secret-77"])(exchange)


def test_long_names_of_parameters_are_not_remembered(
    contract: Contract, traffic: list[Exchange]
) -> None:
    reader = RequestParser(contract, tokens=frozenset({TOKEN}), prefix=contract.base_path)
    judge_of_all = IncrementalJudge(contract)
    valid = next(each for each in traffic if each.response and each.response.status == 200)

    def judge_with(name: str) -> None:
        target = valid.request.target.partition(b"?")[0] + b"?" + name.encode() + b"=1"
        request = replace(valid.request, target=target)
        evidence = PassiveEvidence(contract, reader)
        record = evidence.add(replace(valid, request=request))
        assert record is not None
        judge_of_all.alone(evidence.only([record]))

    judge_with("n" * 9_000)
    tracemalloc.start()
    try:
        for number in range(200):
            judge_with(f"{number:09000}")
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 500_000

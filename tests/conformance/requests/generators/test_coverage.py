from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

from ruangkerja.conformance.http.exchange import Request
from ruangkerja.conformance.records.request_parser import RequestParser
from ruangkerja.conformance.requests.generators import cases, coverage, documents
from ruangkerja.conformance.requests.generators.coverage import generated
from ruangkerja.conformance.requests.generators.generated import GeneratedRequest
from ruangkerja.conformance.requests.probes.plan import MOST_GENERATED, Profile, static
from ruangkerja.conformance.requests.probes.probe import Caller
from ruangkerja.mock.requests.draft import Drafts
from ruangkerja.spec import contract as contracts
from tests.helpers import two_lists
from tests.helpers.backend import TOKEN

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.conformance.http.exchange import Headers
    from ruangkerja.conformance.records.parsed_request import ParsedRequest
    from ruangkerja.spec.contract import Contract


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    return contracts.load(two_lists.write(tmp_path_factory.mktemp("spec") / "two.yaml"))


def caller_of(contract: Contract, operation: int = 0) -> Caller:
    asked = contract.operations[operation]
    path = {p.name: str(p.example) for p in asked.located("path")}
    return Caller(Drafts(contract).of(asked), path, TOKEN, "127.0.0.1:8080", "/api")


def read(contract: Contract, caller: Caller, target: bytes, headers: Headers) -> ParsedRequest:
    known = frozenset(caller.path.values())
    reader = RequestParser(contract, caller.prefix, frozenset({TOKEN}), known)
    reading = reader.read(Request("GET", target, headers))
    assert reading is not None
    return reading


def test_the_file_holds_what_is_generated_from_the_built_in_contract(contract: Contract) -> None:
    # If this fails: python -m ruangkerja.conformance.requests.generators.coverage
    assert coverage.STORED.read_text(encoding="utf-8") == coverage.stored_text(contract)


def test_a_gate_of_the_built_in_contract_imports_neither_library() -> None:
    program = (
        "import sys\n"
        "from ruangkerja.spec import contract\n"
        "from ruangkerja.conformance.requests.generators import coverage\n"
        "found = contract.load()\n"
        "assert coverage.generate(found, found.operations[0])\n"
        "import ruangkerja.conformance.suite.check, ruangkerja.cli, ruangkerja.mock.serve.server\n"
        "print({'schemathesis', 'hypothesis'} & set(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("set()\n", "")


@pytest.mark.parametrize("operation", [0, 1])
def test_probes_add_to_the_plan_within_its_bound_and_are_the_same_every_time(
    two: Contract, operation: int
) -> None:
    caller = caller_of(two, operation)
    found = list(generated(two, caller, Profile.GATE))
    assert found == list(generated(two, caller, Profile.GATE))
    assert 10 <= len(found) <= MOST_GENERATED[Profile.GATE]
    written = [probe.request for probe in static(two, caller, Profile.GATE)]
    told = [(request.target, request.headers) for request in written]
    mine = [(probe.request.target, probe.request.headers) for probe in found]
    assert len(set(mine)) == len(mine)
    assert not set(mine) & set(told)


@pytest.mark.parametrize("operation", [0, 1])
def test_probes_read_the_list_they_are_given_and_carry_the_token(
    two: Contract, operation: int
) -> None:
    caller = caller_of(two, operation)
    usual = caller.request()
    for probe in generated(two, caller, Profile.DEEP):
        assert probe.request.method == "GET"
        path, _, _ = probe.request.target.partition(b"?")
        assert path == usual.target.partition(b"?")[0]
        assert dict(probe.request.headers)["Authorization"] == TOKEN
        assert dict(probe.request.headers)["Host"] == "127.0.0.1:8080"


@pytest.mark.parametrize("operation", [0, 1])
def test_a_probe_that_the_suite_refuses_is_one_that_the_generator_calls_wrong(
    two: Contract, operation: int
) -> None:
    caller = caller_of(two, operation)
    by_target = {
        (g.request(caller).target, g.request(caller).headers): g
        for g in coverage.generate(two, caller.operation)
    }
    for probe in generated(two, caller, Profile.DEEP):
        reading = read(two, caller, probe.request.target, probe.request.headers)
        found = by_target[probe.request.target, probe.request.headers]
        assert not (reading.is_invalid and found.correct)
        assert not (reading.is_valid and not found.correct)


def test_a_smoke_run_has_none(contract: Contract) -> None:
    assert list(generated(contract, caller_of(contract), Profile.SMOKE)) == []


def test_the_most_useful_ones_come_first_and_every_parameter_has_its_turn(
    contract: Contract,
) -> None:
    caller = caller_of(contract)
    found = list(coverage.probes(contract, caller, (), 6))
    assert len(found) == 6
    about = [probe.note.partition("=")[0] for probe in found]
    assert about == ["page", "pageSize"] * 3
    assert found == list(coverage.probes(contract, caller, (), 100))[:6]


def test_headers_that_the_contract_says_nothing_of_are_left_out(two: Contract) -> None:
    def content_types(operation: int) -> set[str]:
        found = generated(two, caller_of(two, operation), Profile.DEEP)
        return {v for p in found for n, v in p.request.headers if n == "Content-Type"}

    assert content_types(0) == {"application/json", "multipart/form-data"}
    assert content_types(1) == set()


def test_what_cannot_be_generated_is_one_clear_error(contract: Contract) -> None:
    reduced = documents.document(contract, contract.operations[0])
    reduced["paths"]["/"]["get"]["parameters"][0]["schema"] = {"type": "no such type"}
    with pytest.raises(documents.GenerationError, match="Schemathesis cannot generate requests: "):
        cases.coverage(reduced)


def test_the_digest_is_of_what_is_generated_from_and_of_nothing_else(contract: Contract) -> None:
    reduced = documents.document(contract, contract.operations[0])
    assert "description" not in reduced["paths"]["/"]["get"]["parameters"][0]
    turned = dict(reversed(list(reduced.items())))
    assert documents.digest(turned) == documents.digest(reduced)
    turned["paths"] = {}
    assert documents.digest(turned) != documents.digest(reduced)


def test_generated_requests_survive_json() -> None:
    found = GeneratedRequest((("a", "1"), ("a", "\u00e9")), (("Accept", "*/*"),), False, "a", "why")
    assert msgspec.json.decode(msgspec.json.encode(found), type=GeneratedRequest) == found


def test_nothing_is_left_in_the_folder_where_it_is_started(
    contract: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    cases.coverage(documents.document(contract, contract.operations[0]))
    assert list(tmp_path.iterdir()) == []

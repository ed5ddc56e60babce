"""The law between probes and readings: what a probe was made to be is what its request is."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruangkerja.conformance.records.credentials import split_query
from ruangkerja.conformance.records.derived_names import derived_names
from ruangkerja.conformance.records.parsed_request import Kind
from ruangkerja.conformance.records.request_parser import ASTRONOMICAL, RequestParser
from ruangkerja.conformance.requests.probes.headers import UNKNOWN_TOKEN, other_headers, tokens
from ruangkerja.conformance.requests.probes.http import other_methods
from ruangkerja.conformance.requests.probes.parameters import parameters, paths
from ruangkerja.conformance.requests.probes.plan import Profile, first, reminder, static
from ruangkerja.conformance.requests.probes.probe import Caller
from ruangkerja.conformance.requests.probes.walks import pages_of
from ruangkerja.mock.requests.draft import Drafts
from ruangkerja.spec import contract as contracts
from tests.helpers import two_lists

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ruangkerja.conformance.records.parsed_request import ParsedRequest
    from ruangkerja.conformance.requests.probes.probe import Probe
    from ruangkerja.spec.contract import Contract
    from ruangkerja.spec.parameters import Parameter


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    return contracts.load(two_lists.write(tmp_path_factory.mktemp("spec") / "two.yaml"))


valid_tokens = st.from_regex(r"[!-~]{8,40}", fullmatch=True).filter(
    lambda token: not UNKNOWN_TOKEN.startswith(token)
)
serials = st.from_regex(r"[A-Za-z0-9_~-]{1,60}", fullmatch=True)
prefixes = st.sampled_from(["", "/api", "/a/b%20c"])
each_operation = pytest.mark.parametrize("operation", [0, 1])
any_caller = given(token=valid_tokens, serial=serials, prefix=prefixes, bare=st.booleans())


def caller_of(
    two: Contract, operation: int, token: str, serial: str, prefix: str, bare: bool
) -> Caller:
    asked = two.operations[operation]
    path = {parameter.name: serial for parameter in asked.located("path")}
    return Caller(Drafts(two).of(asked), path, token, "127.0.0.1", prefix, bare)


def read(two: Contract, caller: Caller, probe: Probe) -> ParsedRequest:
    known = frozenset(caller.path.values())
    reader = RequestParser(two, caller.prefix, frozenset({caller.token}), known, caller.bare)
    reading = reader.read(probe.request)
    assert reading is not None, probe
    assert reading.operation is caller.operation
    return reading


def oddities(reading: ParsedRequest) -> list[tuple[str, str]]:
    return [(s.element, s.name) for s in reading.conditions if s.kind is not Kind.VALID]


def holds(two: Contract, caller: Caller, probes: Iterable[Probe]) -> int:
    """Hold probes to the law; give how many there were."""
    held = list(probes)
    for probe in held:
        expected = made_for(caller, probe)
        assert oddities(read(two, caller, probe)) == ([] if expected is None else [expected]), probe
    return len(held)


def made_for(caller: Caller, probe: Probe) -> tuple[str, str] | None:  # noqa: PLR0911 - a table
    """Return the condition that a probe was made for, by its note; None for a valid request."""
    note, operation = probe.note, caller.operation
    header = re.compile(r"(?:without|with) (\S+?)(: \S+)?")
    if re.fullmatch(r"(no|an unknown) token on page .*", note):
        return "header Authorization", "everywhere"
    if re.fullmatch(r"with(out)? (the|an \w+) token( .*)?", note.partition(",")[0]):
        note = note.partition(",")[0]
        kind = {"without the token": "missing", "with an unknown token": "unknown"}
        return "header Authorization", kind.get(
            note, "empty" if note == "with an empty token" else "nearMiss"
        )
    if (found := header.fullmatch(note)) and found[1] in {
        h.name for h in operation.required_headers
    }:
        return f"header {found[1]}", "other" if found[2] else "missing"
    if found := re.fullmatch(r"with (POST|PUT|PATCH|DELETE)", note):
        return f"method {found[1]}", "otherMethods"
    if found := re.fullmatch(r"without (\S+)", note):
        return f"query parameter {found[1]}", "missing"
    if found := re.fullmatch(r"with (\S+) twice|with the unlisted parameter (\S+)=.*", note):
        return f"query parameter {found[1] or found[2]}", "ambiguous"
    if found := re.fullmatch(r"(\S+) (?:with .*|\S+, which is unknown)", note):
        if note.endswith("which is unknown"):
            return f"path parameter {found[1]}", "unknown"
        derived = note.partition(" with ")[2] in derived_names("C-1").values()
        return f"path parameter {found[1]}", "derived" if derived else "hostile"
    if found := re.fullmatch(r"(\S+?)=(\S*)(?: (?:at|on) .*)?", note):
        value = dict(split_query(f"{found[1]}={found[2]}"))[found[1]]
        name = kind_of(operation.parameter(found[1]), value)
        return name and (f"query parameter {found[1]}", name)
    valid = {"a valid request", "a valid request, before others on its connection"}
    assert note in valid or note.startswith("the first request again"), note
    return None


def kind_of(parameter: Parameter, value: str) -> str | None:
    if re.fullmatch(r"\+\d+|0\d+", value):
        return "ambiguous"
    if value in {"1_0", "0x1", "\u0661", " 1"}:
        return "lenient"
    if not re.fullmatch(r"-?\d+", value):
        return "malformed"
    if int(value) < (parameter.minimum or 0):
        return "belowMinimum"
    if parameter.maximum is None:
        return "astronomical" if int(value) >= ASTRONOMICAL else None
    return "aboveMaximum" if int(value) > parameter.maximum else None


@each_operation
@any_caller
def test_every_probe_is_in_the_one_condition_it_was_made_for(
    two: Contract, operation: int, token: str, serial: str, prefix: str, bare: bool
) -> None:
    caller = caller_of(two, operation, token, serial, prefix, bare)
    assert holds(two, caller, [first(caller), reminder(first(caller))]) == 2
    assert holds(two, caller, tokens(caller)) >= 11
    assert holds(two, caller, parameters(caller)) > 40
    elsewhere = list(other_methods(caller, frozenset({"GET"}), mine=False))
    everywhere = list(other_methods(caller, frozenset({"GET"}), mine=True))
    assert everywhere[:4] == elsewhere
    assert holds(two, caller, everywhere[4:]) == 4
    for probe in elsewhere:
        names = [name for _, name in oddities(read(two, caller, probe))]
        assert names == ["otherMethods", "unknown"]
        assert probe.nowhere
    assert holds(two, caller, paths(caller)) > 10
    if not bare:
        holds(two, caller, other_headers(caller))


@each_operation
def test_the_probes_of_a_gate_put_every_condition_of_the_contract_to_the_test(
    two: Contract, operation: int
) -> None:
    caller = caller_of(two, operation, "Tk-5f2c91d07ab34e68", "C-1", "", bare=False)
    shown = {
        condition.requirement
        for probe in static(two, caller, Profile.GATE)
        for condition in read(two, caller, probe).conditions
    }
    asked = caller.operation
    tied = {r for p in asked.parameters for s, r in p.requirements.items() if s != "errorResponse"}
    tied |= {r for h in asked.required_headers for r in h.requirements.values()}
    tied |= {
        r
        for scheme in asked.security[0]
        for s, r in scheme.requirements.items()
        if s not in {"code", "secret", "connection"}
    }
    tied.add(asked.requirements["otherMethods"])
    assert tied <= shown


@each_operation
@pytest.mark.parametrize("total", [1, 9, 10, 99, 100, 101, 1_000_003])
@pytest.mark.parametrize("profile", list(Profile))
def test_every_page_of_a_walk_is_plain_and_of_the_list(
    two: Contract, operation: int, total: int, profile: Profile
) -> None:
    caller = caller_of(two, operation, "Tk-5f2c91d07ab34e68", "C-1", "/api", bare=False)
    pages = [
        read(two, caller, probe) for probe in chain(*pages_of(caller, total, 45, profile).parts)
    ]
    assert all(reading.is_valid for reading in pages)
    assert all(reading.collection[0][1] == "C-1" for reading in pages)
    past = [reading for reading in pages if reading.first_row >= total]
    assert len(past) == (0 if profile is Profile.SMOKE else 3)

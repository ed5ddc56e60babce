"""Requests for the gate: cases of the coverage phase of Schemathesis that the suite does not send.

They are the same ones every time. Those for the built-in contract are stored in coverage.json, so
that a gate does not have to import a large library; the file is written by `python -m
ruangkerja.conformance.requests.generators.coverage`. Those for other operations are generated.
"""

from __future__ import annotations

import json
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ....spec.register import Level
from ....spec.visible import cut
from ...records.parsed_request import Kind
from ...records.request_parser import RequestParser
from ..probes.plan import MOST_GENERATED, static
from ..probes.probe import Probe
from .documents import digest, document
from .generated import GeneratedRequest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ....spec.contract import Contract
    from ....spec.model.operation import Operation
    from ...http.exchange import Request
    from ...records.parsed_request import ParsedRequest
    from ..probes.plan import Profile
    from ..probes.probe import Caller

STORED = Path(__file__).with_name("coverage.json")


def probes(
    contract: Contract, caller: Caller, sent: Iterable[Request], most: int
) -> Iterator[Probe]:
    """Yield at most `most` probes that are not among the requests in `sent`.

    Probes that are judged come first, alternating between the parameters; then those whose response
    the contract leaves open. Raises GenerationError if nothing can be generated for the operation.
    """
    known = frozenset(caller.path.values())
    reader = RequestParser(contract, caller.prefix, frozenset({caller.token}), known, caller.bare)
    told = {(request.target, request.headers) for request in sent}
    judged: dict[str, list[Probe]] = {}
    open_: list[Probe] = []
    for generated in generate(contract, caller.operation):
        request = generated.request(caller)
        reading = reader.read(request)
        if (request.target, request.headers) in told or reading is None:
            continue
        told.add((request.target, request.headers))
        if _is_walked(reading, generated) or not is_agreed(generated, reading):
            continue
        probe = Probe(request, note_of(generated))
        if _is_judged(contract, reading):
            judged.setdefault(generated.about, []).append(probe)
        else:
            open_.append(probe)
    by_turns = [probe for turn in zip_longest(*judged.values()) for probe in turn if probe]
    yield from [*by_turns, *open_][:most]


def generated(contract: Contract, caller: Caller, profile: Profile) -> Iterator[Probe]:
    """Yield the probes that a gate adds to the static ones of an operation, always the same.

    They are for lists only: of a contract with hundreds of operations, all would take minutes.
    Raises GenerationError if nothing can be generated for the operation.
    """
    if MOST_GENERATED[profile] and caller.operation.pagination is not None:
        sent = [probe.request for probe in static(contract, caller, profile)]
        yield from probes(contract, caller, sent, MOST_GENERATED[profile])


def note_of(generated: GeneratedRequest) -> str:
    """Return why a generated request is sent."""
    changed = [f"{name}={cut(value)}" for name, value in generated.query if name == generated.about]
    changed += [f"{name}: {cut(value)}" for name, value in generated.headers]
    return f"{'&'.join(changed) or 'the query'}, generated: {generated.why}"


def is_agreed(generated: GeneratedRequest, reading: ParsedRequest) -> bool:
    """Whether generator and parser agree on a request; if not, a response to it proves nothing.

    A header that the contract does not describe is not parsed.
    """
    headers = {header.name.lower() for header in reading.operation.required_headers}
    if any(name.lower() not in headers for name, _ in generated.headers):
        return False
    return generated.correct if reading.is_valid else not (reading.is_invalid and generated.correct)


def _is_walked(reading: ParsedRequest, generated: GeneratedRequest) -> bool:
    """Whether it requests a page and nothing else, as every walk does."""
    paging = reading.operation.pagination
    walked = {paging.page.name, paging.size.name} if paging else set()
    return reading.is_valid and {name for name, _ in generated.query} <= walked


def _is_judged(contract: Contract, reading: ParsedRequest) -> bool:
    requirements = [s.requirement for s in reading.conditions if s.kind is not Kind.VALID]
    levels = [contract.register[r].level for r in requirements if r is not None]
    return reading.is_valid or any(level is not Level.INFO for level in levels)


def generate(contract: Contract, operation: Operation) -> list[GeneratedRequest]:
    """Return all requests generated for an operation, from the file if it has them."""
    reduced = document(contract, operation)
    stored = _stored().get(digest(reduced))
    return _anew(reduced) if stored is None else stored


def _anew(reduced: Mapping[str, Any]) -> list[GeneratedRequest]:
    from .cases import coverage  # noqa: PLC0415 - takes as long to import as half a gate

    return coverage(reduced)


@cache
def _stored() -> Mapping[str, list[GeneratedRequest]]:
    return msgspec.json.decode(STORED.read_bytes(), type=dict[str, list[GeneratedRequest]])


def stored_text(contract: Contract) -> str:
    """Return the text of coverage.json for a contract: cases by the digest of their document."""
    operations = [operation for operation in contract.operations if operation.method == "GET"]
    documents = [document(contract, operation) for operation in operations]
    cases = {digest(reduced): msgspec.to_builtins(_anew(reduced)) for reduced in documents}
    return _one_a_line(cases)


def _one_a_line(cases: Mapping[str, list[dict[str, Any]]]) -> str:
    parts = [
        json.dumps(key) + ": [\n" + ",\n".join(f"  {json.dumps(each)}" for each in found) + "\n]"
        for key, found in cases.items()
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    from ....spec.contract import load

    STORED.write_text(stored_text(load()), encoding="utf-8")

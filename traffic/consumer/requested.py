"""What a command requested of the stub: operations, parameters, and the freedoms it met there."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from ...conformance.evidence.evidence import Evidence
from ...conformance.evidence.parsed_request import RequestParser
from ...conformance.freedoms.taken import is_exact, parameters_of, taken_in
from .results import Requested

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...conformance.evidence.record import Record
    from .stub import ChangingStub


def requested(stub: ChangingStub) -> Sequence[Requested]:
    """Return what the command requested in the run without a freedom, in the contract's order."""
    contract = stub.contract
    evidence = Evidence(contract, RequestParser(contract, contract.base_path, stub.tokens))
    for exchange in stub.repeated():
        evidence.add(exchange)
    records: dict[str, list[Record]] = defaultdict(list)
    for record in evidence.records:
        records[record.operation.id].append(record)
    met: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for (name, operation), sightings in taken_in(evidence).freedoms.items():
        if is_exact(name):
            met[operation] += [(name, place) for place in sightings.places]
    return [
        Requested(
            operation.id,
            operation.label,
            len(own),
            tuple(sorted(frozenset().union(*(parameters_of(each) for each in own)))),
            tuple(sorted({each.status for each in own})),
            tuple(sorted(met[operation.id])),
        )
        for operation in contract.operations
        if (own := records[operation.id])
    ]

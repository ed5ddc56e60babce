"""What a command requested of the stub: operations, parameters, and the places in its responses."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...conformance.evidence.evidence import Evidence
from ...conformance.freedoms.taken import Signs, is_exact, parameters_of, taken_in
from ...conformance.records.request_parser import RequestParser
from .results import Requested
from .variants import Spot

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ...conformance.records.record import Record
    from ...spec.contract import Contract
    from .stub import ChangingStub


@dataclass(frozen=True, slots=True)
class Met:
    """What a command requested, and the places that the responses had, in the contract's order."""

    operations: Sequence[Requested] = ()
    spots: Sequence[Spot] = ()


def met(stub: ChangingStub) -> Met:
    """Return what the command requested in the run without a freedom."""
    contract = stub.contract
    evidence = Evidence(contract, RequestParser(contract, contract.base_path, stub.tokens))
    for exchange in stub.repeated():
        evidence.add(exchange)
    records: dict[str, list[Record]] = defaultdict(list)
    for record in evidence.records:
        records[record.operation.id].append(record)
    shown: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for (name, operation), sightings in taken_in(evidence).freedoms.items():
        if is_exact(name):
            shown[operation] += [(name, place) for place in sightings.places]
    requested = [
        Requested(
            operation.id,
            operation.label,
            len(own),
            tuple(sorted(frozenset().union(*map(parameters_of, own)))),
            tuple(sorted({each.status for each in own})),
            tuple(sorted(shown[operation.id])),
        )
        for operation in contract.operations
        if (own := records[operation.id])
    ]
    return Met(requested, [*_spots(contract, records)])


def _spots(contract: Contract, records: dict[str, list[Record]]) -> Iterable[Spot]:
    """Return each place in the bodies of some records once."""
    found: dict[Spot, None] = {}
    for operation in contract.operations:
        for errors in (False, True):
            signs = Signs(contract, operation, errors=errors)
            own = [each for each in records[operation.id] if each.is_error is errors]
            bodies = {each.response.body: each.body for each in own if each.response}
            if signs.root is None:
                continue
            for body in bodies.values():
                for place, _ in signs.root.visits([body]):
                    names = frozenset(name for name, _ in signs.of(place))
                    spot = Spot(operation.id, place.pointer, errors, place.optional, names)
                    found[spot] = None
    return found

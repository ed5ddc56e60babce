"""The lists of a stub that the example requests of faults are for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..http import lists
from ..requests.draft import Drafts
from .examples import Lists

if TYPE_CHECKING:
    from ...spec.contract import Contract
    from ...spec.model.operation import Operation
    from ..plans import Plans
    from ..scenarios.scenarios import Scenarios


def lists_of(contract: Contract, plans: Plans, scenarios: Scenarios) -> Lists | None:
    """Return the lists that examples of faults request; None without an operation."""
    drafts = Drafts(contract)
    served = (each for each in contract.operations if each.id not in plans.unserved)
    operations = sorted(served, key=lambda each: each.pagination is None)
    operation = next((each for each in operations if not drafts.problem(each)), None)
    if operation is None:
        return None
    draft = drafts.of(operation)
    known = [
        tuple({**draft.path, entry.parameter: entry.name}.values())
        for entry in scenarios.entries
        if entry.operation is operation and not entry.name.endswith("*")
    ]
    return Lists(draft, known, lambda names: _total(operation, names, plans, scenarios))


def _total(
    operation: Operation, names: tuple[str, ...], plans: Plans, scenarios: Scenarios
) -> int | None:
    """Return how many items the list of path values has, None if it is not served as usual."""
    paged, scenario = plans[operation.id].list, scenarios.find(operation, names)
    if paged is None:
        return None
    if scenario is None:
        return lists.named(operation, paged, names).total
    collection = scenario.collection(names) if scenario.is_plain else None
    return None if collection is None else collection.total

"""The smallest set of rows that shows all that the contract distinguishes.

A database with these rows lets a run judge every requirement about rows. They are chosen from the
rows that the stub generates: each shows some points of the coverage, and makes some laws apply.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from ....mock.data.makers.compiler import Compiler
from ....mock.data.providers import Providers
from ....mock.lists.pages import PagedList
from ....spec.documents.pointers import join
from ...evidence.coverage import row_points

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from ....spec.contract import Contract
    from ....spec.documents.pointers import Pointer
    from ....spec.laws.laws import Law
    from ....spec.model.operation import Operation
    from ....spec.schemas.schemas import Node, Schemas

_CANDIDATES = 1_024
"""The number of generated rows to choose from."""
_SEED = b"sample"


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows of a list, those first that show most, and what none of them shows."""

    operation: Operation
    rows: tuple[Any, ...]
    missing: tuple[str, ...]


def sample(
    contract: Contract, operation: Operation, least: int = 0, today: date | None = None
) -> Sample:
    """Return the smallest sample of a list's rows, filled up to at least `least` rows.

    Its dates end on the day `today`, or on the default day.

    Raises ProviderError or UnserveableError if no rows can be generated, and ValueError if the
    operation has no `x-pagination`.
    """
    if operation.pagination is None:
        raise ValueError(f"{operation.id} has no x-pagination")
    compiler = Compiler(contract.document, Providers.of(contract, today))
    paged = PagedList(contract, operation, compiler, _SEED)
    count = min(max(_CANDIDATES, least), paged.items.capacity or _CANDIDATES)
    data, _ = paged.collections.named((), total=count).rows(0, count)
    rows: list[Any] = json.loads(b"[%b]" % data)
    wanted, shown = _distinctions(contract.schemas, operation, paged.items.schema.root)
    left, chosen = set(wanted), []
    by_row = [shown(row) for row in rows]
    while left:
        best = max(range(len(rows)), key=lambda index: len(by_row[index] & left))
        if not by_row[best] & left:
            break
        chosen.append(best)
        left -= by_row[best]
    taken = set(chosen)
    others = (index for index in range(len(rows)) if index not in taken)
    chosen += islice(others, max(0, least - len(chosen)))
    missing = tuple(each for each in wanted if each in left)
    return Sample(operation, tuple(rows[index] for index in chosen), missing)


def _distinctions(
    schemas: Schemas, operation: Operation, node: Node
) -> tuple[list[str], Callable[[Any], set[str]]]:
    """Return all that rows can show, in words, and a function from a row to what it shows."""
    points, points_of = row_points(schemas, operation, node)
    laws = list(_laws(schemas, (), node))

    def shown(row: Any) -> set[str]:
        found = {point.label for point in points_of(row)}
        for place, element, value in schemas.at(node.place).walk(row):
            for law in element.laws.laws if element.laws is not None else ():
                if law.holds(value, {}):
                    found.add(_label(place, law))
        return found

    return [point.label for point in points] + laws, shown


def _laws(schemas: Schemas, place: Pointer, node: Node) -> list[str]:
    """Return in words each law that is about a row alone."""
    found = [
        _label(place, law)
        for law in (node.laws.laws if node.laws is not None else ())
        if not law.asks
    ]
    for name, member in node.members.items():
        found += _laws(schemas, (*place, name), schemas.node(member))
    return found


def _label(place: Pointer, law: Law) -> str:
    return f"{join(place) or 'the row'}: {law.message}"

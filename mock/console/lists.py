"""The list in the response of an operation, which the page shows as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ...spec.model.lists import Nouns

if TYPE_CHECKING:
    from ...spec.documents.pointers import Pointer
    from ...spec.model.operation import Operation
    from ...spec.schemas.schemas import Schemas

_DEEPEST = 3


class ShownList(NamedTuple):
    """The place of the rows in the body of a success, and what they are called."""

    items: Pointer
    nouns: Nouns


def list_of(operation: Operation, schemas: Schemas) -> ShownList | None:
    """Return the list of an operation: that of x-pagination, or the first array of objects."""
    if operation.listing is not None:
        return ShownList(operation.listing.items, operation.listing.nouns)
    ahead: list[tuple[Pointer, Pointer]] = []
    if operation.schema is not None:
        ahead.append(((), operation.schema.place))
    for place, schema in ahead:
        nodes = list(schemas.with_branches(schemas.node(schema)))
        for node in nodes:
            if node.element is not None and schemas.node(node.element).members:
                return ShownList(place, Nouns())
        if len(place) < _DEEPEST:
            inside = {name: at for node in nodes for name, at in node.members.items()}
            ahead += [((*place, name), at) for name, at in inside.items()]
    return None

"""Members: the fields of an object that a schema describes, at any depth."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .schemas import ELEMENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..documents.pointers import Pointer
    from ..model.operation import Operation
    from .schemas import Node, Schemas


class Member(NamedTuple):
    """A field without fields of its own: its place in the object, and the place of its schema.

    `is_stable` says that the contract marks it, or an object around it, with `x-stable`.
    """

    place: Pointer
    schema: Pointer
    is_stable: bool


def members_of_rows(operation: Operation, schemas: Schemas) -> list[Member]:
    """Return the fields of the rows of an operation; [] if it returns no list, or has no schema."""
    row = row_of(operation, schemas)
    return [] if row is None else list(_below(schemas, row, (), False, ()))


def row_of(operation: Operation, schemas: Schemas) -> Node | None:
    """Return the schema of a row of an operation; None if it returns no list, or has no schema."""
    schema, paging = operation.schema, operation.listing
    if schema is None or paging is None:
        return None
    return schemas.below(schema.place, (*paging.items, ELEMENT))


def _below(
    schemas: Schemas,
    node: Node,
    place: Pointer,
    is_stable: bool,
    around: tuple[Pointer, ...],
) -> Iterator[Member]:
    """Yield the fields at and below a place; a schema within itself is not entered again."""
    if node.place in around:
        return
    branches = list(schemas.with_branches(node))
    is_stable = is_stable or any(branch.stable for branch in branches)
    members = {name: at for branch in branches for name, at in branch.members.items()}
    if not members:
        yield Member(place, node.place, is_stable)
    for name, at in members.items():
        child = schemas.node(at)
        yield from _below(schemas, child, (*place, name), is_stable, (*around, node.place))

"""Discriminators: the schemas that they choose from, and the member that tells them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..documents.pointers import get, join, split

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ..contract import Contract
    from ..documents.pointers import Pointer

_SCHEMAS: Pointer = ("components", "schemas")


def checked(contract: Contract) -> Callable[..., Iterator[tuple[Pointer, str]]]:
    """Return the check of the discriminator of an element."""
    document, schemas = contract.document, contract.schemas

    def check(place: Pointer, element: Mapping[str, Any]) -> Iterator[tuple[Pointer, str]]:
        choice = element.get("discriminator")
        if not isinstance(choice, dict) or place[-1:] == ("properties",):
            return
        at, name = (*place, "discriminator"), str(choice.get("propertyName"))
        for branch in schemas.branches(schemas.node(place), "oneOf", "anyOf"):
            if all(name not in each.members for each in schemas.with_branches(branch)):
                what = f"{join(branch.place)} has no member {name}, which tells the schemas apart"
                yield (*at, "propertyName"), what
        for value, target in choice.get("mapping", {}).items():
            to = split(target[1:]) if target.startswith("#/") else (*_SCHEMAS, target)
            try:
                get(document, to)
            except LookupError:
                yield (*at, "mapping", value), f"{value} leads to {target}, which is not there"

    return check

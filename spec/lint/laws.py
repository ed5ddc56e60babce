"""Laws against the schemas and the parameters that they speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..describing import nearest
from ..documents.pointers import join
from ..laws.engine import cel
from ..laws.laws import TIME
from .samples import sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ..contract import Contract
    from ..documents.pointers import Pointer
    from ..laws.laws import Law
    from ..schemas.schemas import Node, Schemas

_FAILS = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)
_NOW = "2026-01-31T10:00:00Z"


def checked(contract: Contract) -> Callable[..., Iterator[tuple[Pointer, str]]]:
    """Return the check of the laws of an element."""
    schemas, request = contract.schemas, {TIME: _NOW}
    for operation in contract.operations:
        for parameter in operation.parameters:
            request[parameter.name] = sample(schemas, parameter.compiled.place)

    def check(place: Pointer, element: Mapping[str, Any]) -> Iterator[tuple[Pointer, str]]:
        if "x-validations" not in element:
            return
        node = schemas.node(place)
        value = sample(schemas, place)
        for number, law in enumerate(node.laws.laws if node.laws else ()):
            if number < len(element["x-validations"]):
                at = (*place, "x-validations", str(number))
                unknown = [(at, what) for what in _unknown(schemas, node, law, request)]
                yield from unknown or _evaluated(at, law, value, request)

    return check


def _unknown(schemas: Schemas, node: Node, law: Law, request: Mapping[str, Any]) -> Iterator[str]:
    """Yield the members and the parameters that a law names, and that do not exist."""
    places = [*law.reads, *law.counts, *([law.field] if law.field else [])]
    for read in dict.fromkeys(places):
        for length in range(1, len(read) + 1):
            around = schemas.below(node.place, read[: length - 1])
            names = _names(schemas, around)
            if names and read[length - 1] not in names and not read[length - 1].isdecimal():
                near = nearest(read[length - 1], names)[0]
                yield f"the law reads {join(read)}, which the schema does not have; {near} is near"
                break
    for name in law.asks:
        if name not in request:
            near = nearest(name, request)[0]
            yield f"the law reads request.{name}, which is no parameter; {near} is near"


def _names(schemas: Schemas, node: Node | None) -> set[str]:
    """Return the names of all members of a node, none if it may have others."""
    if node is None:
        return set()
    every = list(schemas.with_branches(node))
    return {name for each in every for name in each.members}


def _evaluated(
    place: Pointer, law: Law, value: Any, request: Mapping[str, Any]
) -> Iterator[tuple[Pointer, str]]:
    """Evaluate a law on a value of the right types, and yield what no such value has."""
    scope = {"self": value, "request": dict(request)}
    try:
        applies = cel.compile(law.when.source).execute(scope)
    except _FAILS as error:
        yield (*place, "when"), f"when cannot be evaluated: {error}"
        return
    try:
        result = cel.compile(law.rule.source).execute(scope)
    except _FAILS as error:
        if applies is True:
            yield (*place, "rule"), f"rule cannot be evaluated: {error}"
        return
    if not isinstance(result, bool):
        what = f"rule results in {type(result).__name__} {result!r}; expected true or false"
        yield (*place, "rule"), what

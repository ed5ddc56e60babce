"""Mutants: one change of one value, or of one response as a whole, in a run without faults.

The operators are made for each place of the contract that the responses of the run have. A class
is an operator at a place. Mutants are chosen from all classes in turn, and spread over the
responses and rows of each.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from ...mock.faults import Fault
from ...mock.faults.fault import Behaviour
from ...mock.faults.operators import changes, requests, responses
from ...spec.documents.pointers import join, lookup
from .allowances import Allowances
from .catalogue import ERROR, SUCCESS, Class, Operator, catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ...mock.faults.operators.changes import Change
    from ...mock.faults.operators.responses import Step
    from ...spec.contract import Contract
    from ...spec.documents.pointers import Pointer
    from ...spec.model.operation import Operation
    from ...spec.schemas.schemas import Node
    from .in_process import InProcess, Sent

_RESPONSES = {"a success": {SUCCESS}, "an error": {ERROR}, "a response": {SUCCESS, ERROR}}
_MAKERS: Mapping[str, Callable[[Any], Step]] = {
    "request": requests.rewriting,
    "error": responses.refusing,
    "rows": responses.picking,
    "response": responses.responding,
}
# Multiples of it, without their whole part, are spread evenly, however many they are.
_GOLDEN, _ROOT = (math.sqrt(5) - 1) / 2, math.sqrt(2)
# Rows of each array that are changed.
_ROWS = 4


@dataclass(frozen=True, slots=True)
class Mutant:
    """A change in the response to one request of a run."""

    of: Class
    sent: Sent
    fault: Fault


@dataclass(frozen=True, slots=True)
class _Site:
    """A response that a class applies to, and the value in it: its place, and what it becomes."""

    sent: Sent
    place: Pointer = ()
    value: Any = None
    change: Change | None = None

    def fault(self, of: Class) -> Fault | None:
        """Return the mutant's fault, None if it changes nothing."""
        if self.change is None:
            kind = next(kind for kind in _MAKERS if kind in of.operator.entry)
            step = _MAKERS[kind](of.operator.entry[kind])
        else:
            new = self.change(self.value, {"token": ""})
            if type(new) is type(self.value) and new == self.value:
                return None
            step = responses.altering(self.place, self.change)
        return Fault(of.operator.name, of.operator.does, (), Behaviour((), (step,)))


Asked = tuple["Sent", "Operation"]
_Sites = dict[Class, list[_Site]]


def chosen(
    contract: Contract, server: InProcess, sent: Iterable[Asked], number: int, seed: int
) -> list[Mutant]:
    """Return a number of mutants of a run, or all of them if there are fewer, in a fixed order.

    `sent` are the requests of the run, each with its operation. Another seed chooses other
    responses and rows. Of each class that the contract allows there is one mutant in addition.
    """
    allowances = Allowances(contract)
    sites = _sites(contract, server, sent)
    springs, found = {}, {}
    for place, (of, own) in enumerate(sites.items()):
        springs[of] = _spread(of, own, server, seed * _ROOT + place * _GOLDEN)
        entry = allowances.of(of)
        is_allowed = entry is not None and entry.is_allowed
        found[of] = [*islice(springs.pop(of), 1)] if is_allowed else []
    left = number
    while springs and left:
        names, count = list(springs), min(left, len(springs))
        for of in [names[index * len(names) // count] for index in range(count)]:
            mutant = next(springs[of], None)
            if mutant is None:
                del springs[of]
            else:
                found[of].append(mutant)
                left -= 1
    return [mutant for own in found.values() for mutant in own]


def _spread(
    of: Class, sites: Sequence[_Site], server: InProcess, offset: float
) -> Iterator[Mutant]:
    """Yield the mutants of a class, each next one far from those before it."""
    used: set[int] = set()
    for turn in range(len(sites)):
        index = int((offset + turn * _GOLDEN) % 1 * len(sites))
        while index in used:
            index = (index + 1) % len(sites)
        used.add(index)
        site = sites[index]
        fault = site.fault(of)
        if fault is None:
            continue
        if site.change is None and _is_same(server, site.sent, fault):
            continue
        yield Mutant(of, site.sent, fault)


def _is_same(server: InProcess, sent: Sent, fault: Fault) -> bool:
    return server.answer(sent.data, fault).data == server.answer(sent.data).data


def _sites(contract: Contract, server: InProcess, sent: Iterable[Asked]) -> _Sites:
    found: _Sites = {}
    for turn, (each, operation) in enumerate(sent):
        response = server.answer(each.data).response
        part = SUCCESS if response.is_success else ERROR if response.is_error else ""
        if not part:
            continue
        for operator in catalogue():
            if operator.at and part in _RESPONSES[operator.to]:
                of = Class(operation.id, part, operator.at, operator, "")
                found.setdefault(of, []).append(_Site(each))
        root, body = _root(contract, operation, part), response.json
        if root is None or body is None:
            continue
        for place, node, requirement in _Walk(contract, turn).places(root, body):
            label = join("*" if name.isdigit() else name for name in place)
            for operator, site in _changes(each, body, place, node):
                of = Class(operation.id, part, label, operator, requirement)
                found.setdefault(of, []).append(site)
    order = {of: (of.operation, of.part != SUCCESS, bool(of.operator.at), of.place) for of in found}
    return {of: found[of] for of in sorted(found, key=order.__getitem__)}


def _root(contract: Contract, operation: Operation, part: str) -> Node | None:
    if part == ERROR:
        return contract.error.schema.root if contract.error else None
    return operation.schema.root if operation.schema else None


@dataclass(frozen=True, slots=True)
class _Walk:
    """A walk through the places of a body, with a few rows of each array.

    Another `turn` visits other rows.
    """

    contract: Contract
    turn: int

    def places(
        self, node: Node, value: Any, place: Pointer = (), requirement: str = ""
    ) -> Iterator[tuple[Pointer, Node, str]]:
        """Yield each place that the contract has, with the innermost requirement."""
        requirement = node.requirement or requirement
        yield place, node, requirement
        below: list[tuple[str, Pointer, Any]] = []
        if isinstance(value, dict):
            below = [(name, at, value[name]) for name, at in node.members.items() if name in value]
        elif isinstance(value, list) and node.element is not None:
            below = [(str(row), node.element, value[row]) for row in self._rows(len(value))]
        for name, at, inner in below:
            child = self.contract.schemas.node(at)
            yield from self.places(child, inner, (*place, name), requirement)

    def _rows(self, count: int) -> list[int]:
        steps = (self.turn * _GOLDEN + part / _ROWS for part in range(_ROWS))
        return sorted({int(step % 1 * count) for step in steps}) if count else []


def _changes(sent: Sent, body: Any, place: Pointer, node: Node) -> Iterator[tuple[Operator, _Site]]:
    """Yield the operators that change the value at a place."""
    value = lookup(body, place)
    for operator in catalogue():
        if operator.at or not _fits(operator, place, value):
            continue
        change = _change(operator, body, place, node)
        at = (*place, operator.entry["add"]) if "add" in operator.entry else place
        if change is not None:
            yield operator, _Site(sent, at, value, change)


def _fits(operator: Operator, place: Pointer, value: Any) -> bool:
    if operator.to == "a member":
        return bool(place) and not place[-1].isdigit()
    return (bool(place) or "add" in operator.entry) and changes.VALUES[operator.to](value)


def _change(operator: Operator, body: Any, place: Pointer, node: Node) -> Change | None:
    """Return the change of one value, None if there is none for it."""
    entry = operator.entry
    if "change" in entry:
        return _compiled(operator.name)
    if "add" in entry:
        return lambda _value, _variables: "anything"
    value = lookup(body, place)
    if entry["take"] == "the enum":
        others = [other for other in node.schema.get("enum", ()) if other != value]
    else:
        others = [other for other in _beside(body, place) if other != value]
    if not others:
        return None
    return lambda _value, _variables: others[0]


@cache
def _compiled(name: str) -> Change:
    entry = next(each.entry for each in catalogue() if each.name == name)
    return changes.compiled(entry["change"])


def _beside(body: Any, place: Pointer) -> Iterator[Any]:
    """Yield the values at the same place in the next row and in the one before."""
    depth = next((n for n in reversed(range(len(place))) if place[n].isdigit()), None)
    if depth is None or depth == len(place) - 1:
        return
    for index in (int(place[depth]) + 1, int(place[depth]) - 1):
        beside = (*place[:depth], str(index), *place[depth + 1 :])
        if index >= 0 and lookup(body, (*place[:depth], str(index))) is not None:
            yield lookup(body, beside)

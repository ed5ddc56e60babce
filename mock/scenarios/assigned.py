"""Scenarios that tests assign to their requests while the stub runs; their number is bounded."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ...spec.describing import actual, joined, nearest
from ...spec.documents import files
from ...spec.documents.problems import Problem, SourceError
from ...spec.documents.source import Source
from ..writing import dumps
from . import files as scenario_files
from .names import Name
from .scenario import made

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...spec.contract import Contract
    from ...spec.model.operation import Operation
    from ..lists.stub_list import StubList
    from .files import ScenarioFile
    from .scenario import Scenario
    from .scenarios import Scenarios

_Effects: TypeAlias = "tuple[ScenarioFile, dict[str, Scenario]]"
MOST, MOST_BYTES = 1000, 16_000_000
"""How many scenarios are kept, and how many bytes they may have in all."""
LARGEST, MOST_ELEMENTS, MOST_NAMES = 256_000, 3000, 100
"""How many bytes, elements and names in `when` one scenario may have."""
_IN_A_FILE = "Put it in a file, and start the stub with --fixtures"
_SCHEMA = Path(__file__).with_name("assigned.schema.yaml")
_PLACE = Path("scenario")
"""What messages call a scenario that is not a file."""


class TooManyError(Exception):
    """There is no room for another scenario; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Assigned:
    """A scenario as it was assigned to an id, and its effect on each operation by id.

    With `names`, by path parameter, it applies to requests with these values in their path, and
    without to the requests of the id.
    """

    id: str
    value: Mapping[str, Any]
    size: int
    names: Mapping[str, list[Name]]
    effects: Mapping[str, Scenario]


class AssignedScenarios:
    """The scenarios by id. Their values may be changed from any thread."""

    def __init__(
        self, contract: Contract, lists: Mapping[str, StubList], scenarios: Scenarios
    ) -> None:
        self._contract, self._lists, self._scenarios = contract, lists, scenarios
        self._known: dict[str, Assigned] = {}

    def __len__(self) -> int:
        """Count the scenarios."""
        return len(self._known)

    def __iter__(self) -> Iterator[Assigned]:
        return iter(list(self._known.values()))

    def get(self, id_: str) -> Assigned | None:
        """Return the scenario of an id, or None."""
        return self._known.get(id_)

    def find(
        self, operation: Operation, names: tuple[str, ...], id_: str | None
    ) -> Scenario | None:
        """Return the scenario of a request with an id and with values in its path, or None."""
        if not self._known:
            return None
        own = self._known.get(id_) if id_ is not None else None
        known = [own] if own is not None else []
        if id_ is None:
            known = [each for each in self if each.names]
        found = (_selected(each, operation, names) for each in reversed(known))
        return next(filter(None, found), None)

    def put(self, id_: str, value: bytes | Mapping[str, Any]) -> Assigned:
        """Assign a scenario to an id, in place of another: JSON, YAML or what they stand for.

        It has the members of a scenario file, in which `description` and `when` may be missing, or
        the name of a scenario as `use`. Raises SourceError with every mistake, and TooManyError.
        """
        data = value if isinstance(value, bytes) else dumps(value)
        source = _parsed(data)
        file, effects = self._used(source) if _uses(source) else self._read(source)
        if not effects and not file.problems:
            file.report((), "it applies to no operation of the contract")
        if file.problems:
            raise SourceError(dict.fromkeys(file.problems))
        own = {operation: _owned(each, id_) for operation, each in effects.items()}
        names = {name: [*map(Name.read, texts)] for name, texts in file.names.items()}
        made = Assigned(id_, source.value, len(data), names, own)
        rest = [each.size for each in self if each.id != id_]
        if len(rest) >= MOST or sum(rest) + made.size > MOST_BYTES:
            raise TooManyError(
                f"{len(rest)} scenarios with {sum(rest)} bytes are assigned; remove some of them"
            )
        self._known.pop(id_, None)
        self._known[id_] = made
        return made

    def remove(self, id_: str) -> bool:
        """Remove the scenario of an id, and return whether there was one."""
        return self._known.pop(id_, None) is not None

    def _read(self, source: Source) -> _Effects:
        file = scenario_files.of(source, optional=("description", "when"))
        self._check_names(file)
        effects: dict[str, Scenario] = {}
        for operation in self._contract.operations:
            paged = self._lists.get(operation.id)
            if (paged is not None or not file.lists) and _has(operation, file.names):
                scenario = made(file, self._contract, paged)
                if scenario is not None:
                    effects[operation.id] = scenario
        return file, effects

    def _used(self, source: Source) -> _Effects:
        value = files.checked(source, _SCHEMA)
        file = scenario_files.ScenarioFile(
            source, names=scenario_files.listed(value.get("when", {}))
        )
        self._check_names(file)
        name = value["use"]
        effects: dict[str, Scenario] = {}
        for operation in self._contract.operations:
            scenario = self._scenarios.named(operation, name)
            if scenario is not None and _has(operation, file.names):
                effects[operation.id] = scenario
        located = (p for each in self._contract.operations for p in each.located("path"))
        if not effects and any(parameter.is_unknown(name) for parameter in located):
            hint = "Set a failure with status 404 instead"
            file.report(("use",), f"{actual(name)} is always unknown", hint)
        elif not effects:
            known = {entry.name for entry in self._scenarios.entries if entry.file is not None}
            near = joined(nearest(name, known), "and")
            file.report(("use",), f"no scenario is called {actual(name)}", f"Did you mean {near}?")
        return file, effects

    def _check_names(self, file: ScenarioFile) -> None:
        file.check_names(self._contract)
        for name, texts in file.names.items():
            if len(texts) > MOST_NAMES:
                what = f"there are {len(texts)} names; expected at most {MOST_NAMES}"
                file.report(("when", name), what, "Write a * for all names that begin alike")


def _parsed(data: bytes) -> Source:
    """Parse a scenario; raise SourceError if it is so large that it would keep the stub busy."""
    if len(data) > LARGEST:
        what = f"has {len(data)} bytes; expected at most {LARGEST}"
        raise SourceError([Problem(str(_PLACE), 1, what, _IN_A_FILE)])
    source = Source.parse(data, _PLACE)
    if _elements(source.value, MOST_ELEMENTS) > MOST_ELEMENTS:
        what = f"has more than {MOST_ELEMENTS} elements"
        raise SourceError([source.problem((), what, _IN_A_FILE)])
    return source


def _elements(value: Any, most: int) -> int:
    """Count the elements of a value, and stop after `most`."""
    waiting, count = [value], 0
    while waiting and count <= most:
        each = waiting.pop()
        count += 1
        if isinstance(each, dict | list):
            waiting += each.values() if isinstance(each, dict) else each
    return count


def _uses(source: Source) -> bool:
    return isinstance(source.value, dict) and "use" in source.value


def _has(operation: Operation, names: Mapping[str, list[str]]) -> bool:
    """Whether an operation has one of the parameters in its path, or none are named."""
    return not names or any(parameter.name in names for parameter in operation.located("path"))


def _selected(assigned: Assigned, operation: Operation, values: tuple[str, ...]) -> Scenario | None:
    """Return the effect on a request with these values in its path, None if there is none."""
    effect = assigned.effects.get(operation.id)
    if effect is None or not assigned.names:
        return effect
    for parameter, value in zip(operation.located("path"), values, strict=True):
        for name in assigned.names.get(parameter.name, ()):
            if name.matches(value):
                return effect.sized(name.total(value))
    return None


def _owned(scenario: Scenario, id_: str) -> Scenario:
    """Return a scenario whose sequences are those of an id."""
    owned = copy(scenario)
    owned.owner = ("id", id_, "scenario")
    return owned

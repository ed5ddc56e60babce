"""Scenarios: special responses that a request selects by a name in its path.

Each is a file in fixtures/courses/ that shows one thing; `--fixtures` adds folders. A scenario in
an added folder replaces the built-in one of the same name.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...spec.contract import DEFAULT
from ...spec.describing import joined
from ...spec.folders import yaml_files
from ...spec.source import SourceError, join
from ..data.makers import Overrides
from ..data.providers import ProviderError
from ..http.error_response import ErrorResponse
from ..writing import dumps
from . import files as scenario_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ...spec.contract import Contract
    from ...spec.model import Operation
    from ...spec.source import Problem
    from ..data.dataset import Collection
    from ..data.pages import PagedList
    from ..data.rows import Items
    from ..response import StubResponse
    from ..sequences import Left
    from .files import ScenarioFile

FAULTS = "faults.yaml"
"""The file in a folder of fixtures that contains faults, not a scenario."""
FOLDER = Path(__file__).parent.parent.parent / "fixtures" / "courses"

_COUNTED = 10_000
"""The longest list whose keys are compared with those of the given items."""


class Scenario:
    """The effect of one file on one operation."""

    def __init__(self, file: ScenarioFile, paged: PagedList | None, items: Items | None) -> None:
        self.file = file
        self.owner: tuple[str, ...] | None = None
        self._paged, self._items = paged, items
        self._pinned = {int(row): dumps(item) for row, item in file.items.items()}

    def collection(self, names: tuple[str, ...]) -> Collection | None:
        """Return the items for path values, None for the default ones."""
        if self._paged is None or self._items is None or not self.file.lists:
            return None
        return self._paged.collections.named(names, self._items, self.file.total, self._pinned)

    def clash(self, name: str) -> Any:
        """Return a key that occurs twice in the list of a path value, None if all differ."""
        collection = self.collection((name,)) if self._pinned else None
        if collection is None or self._paged is None or collection.total > _COUNTED:
            return None
        rows, _ = collection.rows(0, collection.total)
        keys = [self._paged.pagination.key_of(item) for item in json.loads(b"[%b]" % rows)]
        return next((key for key, count in Counter(keys).items() if count > 1), None)

    @property
    def replaces(self) -> bool:
        """Whether it has one response, which replaces the default one."""
        return self.file.failure is not None or self.file.raw is not None

    def instead(self, left: Left | None = None) -> StubResponse | None:
        """Return the one response of the scenario, if it has one; raise it if it is an error.

        `left` is what is left of its limit.
        """
        failure = self.file.failure
        if failure is not None:
            raise ErrorResponse(
                failure.status,
                failure.title,
                failure.detail if left is None else f"{failure.detail}; {left}",
                headers=failure.headers,
                code=failure.code,
            )
        return self.file.raw

    def staged(self, reply: StubResponse) -> StubResponse:
        """Add the scenario's delay and cut to a response."""
        if not self.file.delay and self.file.drop is None:
            return reply
        cut = None if self.file.drop is None else int(len(reply.body) * self.file.drop)
        return replace(reply, delay=self.file.delay, cut=cut)


@dataclass(frozen=True, slots=True)
class Entry:
    """The scenario of a path parameter's value; `file` is None if it is from the contract."""

    name: str
    parameter: str
    operation: Operation
    description: str
    file: Path | None


class Scenarios:
    """The scenarios of a contract, by operation and name."""

    def __init__(self) -> None:
        self._exact: dict[tuple[str, int, str], Scenario] = {}
        self._prefixes: dict[tuple[str, int], list[tuple[str, Scenario]]] = {}
        self.entries: list[Entry] = []

    @classmethod
    def load(
        cls, contract: Contract, lists: Mapping[str, PagedList], folders: Sequence[Path]
    ) -> Scenarios:
        """Read the built-in scenarios that fit the contract, and all of `folders`.

        Raises SourceError with every mistake in `folders`.
        """
        scenarios = cls()
        problems: list[Problem] = []
        for folder in folders:
            taken: dict[tuple[str, int, str], Path] = {}
            for path in yaml_files(folder):
                if path.name == FAULTS:
                    continue
                try:
                    file = scenario_files.read(path)
                except SourceError as error:
                    problems += error.problems
                    continue
                scenarios._add(contract, lists, file, taken)
                problems += file.problems
        if problems:
            raise SourceError(problems)
        for path in sorted(FOLDER.glob("*.yaml")):
            file = scenario_files.read(path)
            if set(file.names) <= _parameters(contract):
                scenarios._add(contract, lists, file, None)
                # A built-in scenario that does not fit another contract is left out.
                problems += file.problems if contract.path == DEFAULT else []
        if problems:
            raise SourceError(problems)
        scenarios.entries += _unknown(contract)
        order = {operation.id: n for n, operation in enumerate(contract.operations)}
        scenarios.entries.sort(key=lambda entry: (order[entry.operation.id], entry.name))
        return scenarios

    def find(self, operation: Operation, names: tuple[str, ...]) -> Scenario | None:
        """Return the most exact scenario of the values in a path, None if there is none."""
        for position, name in enumerate(names):
            found = self._at(operation, position, name)
            if found is not None:
                return found
        return None

    def named(self, operation: Operation, name: str) -> Scenario | None:
        """Return the scenario that a name selects in any place of a path, None if there is none."""
        places = range(len(_in_path(operation)))
        return next(filter(None, (self._at(operation, each, name) for each in places)), None)

    def _at(self, operation: Operation, position: int, name: str) -> Scenario | None:
        found = self._exact.get((operation.id, position, name))
        if found is not None:
            return found
        for prefix, scenario in self._prefixes.get((operation.id, position), ()):
            if name.startswith(prefix):
                return scenario
        return None

    def _add(
        self,
        contract: Contract,
        lists: Mapping[str, PagedList],
        file: ScenarioFile,
        taken: dict[tuple[str, int, str], Path] | None,
    ) -> None:
        """Add a file, and report its mistakes to it; `taken` are the names of other added files.

        A row of a built-in scenario that a policy does not allow is left out, and then generated.
        """
        if taken is None and contract.policies:
            schemas = [paged.items.schema for paged in lists.values()]
            file.items = {
                row: item
                for row, item in file.items.items()
                if any(schema.accepts(item) for schema in schemas)
            }
        known = _parameters(contract)
        for parameter, names in file.names.items():
            if parameter not in known:
                hint = f"There are {joined(sorted(known), 'and') or 'none'}"
                file.report(("when", parameter), f"no path parameter is called {parameter!r}", hint)
            for operation in contract.operations:
                in_path = _in_path(operation)
                paged = lists.get(operation.id)
                if parameter in in_path and (paged is not None or not file.lists):
                    position = in_path.index(parameter)
                    self._serve(operation, position, names, file, made(file, paged), taken)

    def _serve(  # noqa: PLR0917 PLR0913 - private, and called once
        self,
        operation: Operation,
        position: int,
        names: list[str],
        file: ScenarioFile,
        scenario: Scenario | None,
        taken: dict[tuple[str, int, str], Path] | None,
    ) -> None:
        if scenario is None or file.problems:
            return
        parameter = _in_path(operation)[position]
        for name in names:
            if clash := scenario.clash(name):
                file.report(("items",), f"{clash} is also the key of a generated item")
            key = (operation.id, position, name)
            if taken is not None and key in taken:
                what = f"{taken[key].name} already has {name}"
                file.report(("when", parameter), what, "Choose another name")
            if taken is None and self._has(key):
                continue  # a scenario of an added folder replaces it
            if taken is not None:
                taken[key] = file.source.path
            if name.endswith("*"):
                prefixes = self._prefixes.setdefault(key[:2], [])
                prefixes.append((name[:-1], scenario))
                prefixes.sort(key=lambda each: (-len(each[0]), each[0]))
            else:
                self._exact[key] = scenario
            self.entries.append(
                Entry(name, parameter, operation, file.description, file.source.path)
            )

    def _has(self, key: tuple[str, int, str]) -> bool:
        prefixes = self._prefixes.get(key[:2], ())
        return key in self._exact or any(f"{prefix}*" == key[2] for prefix, _ in prefixes)


def _parameters(contract: Contract) -> set[str]:
    return {name for operation in contract.operations for name in _in_path(operation)}


def _in_path(operation: Operation) -> list[str]:
    return [parameter.name for parameter in operation.located("path")]


def _unknown(contract: Contract) -> Iterator[Entry]:
    for operation in contract.operations:
        for parameter in operation.located("path"):
            if parameter.unknown is not None:
                text = f"Every value that starts with {parameter.unknown}- is unknown, too."
                yield Entry(
                    parameter.unknown, parameter.name, operation, f"An unknown value. {text}", None
                )


def made(file: ScenarioFile, paged: PagedList | None) -> Scenario | None:
    """Return a scenario, None if it does not fit the list; report why to the file."""
    if paged is None or not file.lists:
        return Scenario(file, None, None)
    before = len(file.problems)
    items = paged.items
    if file.cases or file.faker:
        try:
            items = paged.make_items(Overrides(file.faker, file.cases))
        except ProviderError as error:
            member = "faker" if file.faker else "cases"
            file.report((member,), str(error))
            return None
        for place in file.faker:
            if not items.has(place):
                hint = f"Members are {', '.join(join(p) for p in items.places)}"
                file.report(("faker", join(place)), "an item has no such member", hint)
    _pins(file, paged, items)
    if file.total is not None and items.capacity is not None and file.total > items.capacity:
        file.report(("total",), f"only {items.capacity} items can have different keys")
    return None if len(file.problems) > before else Scenario(file, paged, items)


def _pins(file: ScenarioFile, paged: PagedList, items: Items) -> None:
    keys: dict[Any, str] = {}
    for row, item in file.items.items():
        if file.total is None or int(row) >= file.total:
            what = f"row {row} is after the last one"
            file.report(("items", row), what, "Rows count from 0; total says how many there are")
        for violation in items.schema.judge(item).violations:
            what = f"expected {violation.expected}, got {violation.actual}"
            file.report(("items", row, *violation.place), f"{violation.pointer}: {what}")
        key = paged.pagination.key_of(item)
        if key in keys:
            file.report(("items", row), f"{key} is also the key of row {keys[key]}")
        keys[key] = row

"""Scenarios: special responses that a request selects by a name in its path.

Each is a file in fixtures/courses/ that shows one thing; `--fixtures` adds folders. A scenario in
an added folder replaces the built-in one of the same name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from ...spec.contract import DEFAULT
from ...spec.documents.folders import yaml_files
from ...spec.documents.problems import SourceError
from . import files as scenario_files
from .names import Name
from .scenario import made

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ...spec.contract import Contract
    from ...spec.documents.problems import Problem
    from ...spec.model.operation import Operation
    from ..lists.stub_list import StubList
    from .files import ScenarioFile
    from .scenario import Scenario

_Key: TypeAlias = tuple[str, int, str]
"""An operation, the position of a parameter in its path, and a name."""
FAULTS = "faults.yaml"
"""The file in a folder of fixtures that contains faults, not a scenario."""
FOLDER = Path(__file__).parent.parent.parent / "fixtures" / "courses"


@dataclass(frozen=True, slots=True)
class Entry:
    """The scenario of a path parameter's value; `file` is None if it is from the contract.

    `name` is a value that selects it, one of several if the file has a pattern.
    """

    name: str
    parameter: str
    operation: Operation
    description: str
    file: Path | None


class Scenarios:
    """The scenarios of a contract, by operation and name."""

    def __init__(self) -> None:
        self._exact: dict[_Key, Scenario] = {}
        self._patterns: dict[tuple[str, int], list[tuple[Name, Scenario]]] = {}
        self._compiled: dict[tuple[str, int], re.Pattern[str]] = {}
        """The forms of names in one expression, with a group for each."""
        self._entries: dict[_Key, Entry] = {}
        self.entries: list[Entry] = []
        self.replacements: list[str] = []
        """A sentence for each scenario of an added folder that replaces another one."""

    @classmethod
    def load(
        cls, contract: Contract, lists: Mapping[str, StubList], folders: Sequence[Path]
    ) -> Scenarios:
        """Read the built-in scenarios that fit the contract, and all of `folders`.

        Raises SourceError with every mistake in `folders`.
        """
        scenarios = cls()
        problems: list[Problem] = []
        for folder in folders:
            taken: dict[_Key, Path] = {}
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
            if set(file.names) <= scenario_files.path_parameters(contract):
                scenarios._add(contract, lists, file, None)
                # A built-in scenario that does not fit another contract is left out.
                problems += file.problems if contract.path == DEFAULT else []
        if problems:
            raise SourceError(problems)
        scenarios._compiled = {
            key: re.compile("|".join(f"({name.pattern})" for name, _ in named))
            for key, named in scenarios._patterns.items()
        }
        scenarios.entries = [*scenarios._entries.values(), *_unknown(contract)]
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
        pattern = self._compiled.get((operation.id, position))
        match = pattern.fullmatch(name) if pattern is not None else None
        if match is None or match.lastindex is None:
            return None
        form, found = self._patterns[operation.id, position][match.lastindex - 1]
        return found.sized(form.total(name))

    def _add(
        self,
        contract: Contract,
        lists: Mapping[str, StubList],
        file: ScenarioFile,
        taken: dict[_Key, Path] | None,
    ) -> None:
        """Add a file, and report its mistakes to it; `taken` are the names of other added files.

        A row of a built-in scenario that a policy does not allow is left out, and then generated.
        """
        if taken is None and contract.policies and isinstance(file.items, dict):
            schemas = [paged.items.schema for paged in lists.values()]
            file.items = {
                row: item
                for row, item in file.items.items()
                if any(schema.accepts(item) for schema in schemas)
            }
        file.check_names(contract)
        for parameter, names in file.names.items():
            for operation in contract.operations:
                in_path = _in_path(operation)
                paged = lists.get(operation.id)
                if parameter in in_path and (paged is not None or not file.lists):
                    position = in_path.index(parameter)
                    scenario = made(file, contract, paged)
                    self._serve(operation, position, names, file, scenario, taken)

    def _serve(  # noqa: PLR0917 PLR0913 - private, and called once
        self,
        operation: Operation,
        position: int,
        names: list[str],
        file: ScenarioFile,
        scenario: Scenario | None,
        taken: dict[_Key, Path] | None,
    ) -> None:
        if scenario is None or file.problems:
            return
        parameter = _in_path(operation)[position]
        for name in map(Name.read, names):
            scenario.check_keys(name)
            key = (operation.id, position, name.text)
            if taken is not None and key in taken:
                what = f"{taken[key].name} already has {name.text}"
                file.report(("when", parameter), what, "Choose another name")
            before = self._entries.get(key)
            if before is not None and taken is None:
                self._replaced(key, before, "the built-in scenario")
                continue
            text, path = name.described(file.description), file.source.path
            entry = self._entries[key] = Entry(name.example, parameter, operation, text, path)
            if before is not None and before.file != path:
                self._replaced(key, entry, f"that of {before.file}")
            if taken is not None:
                taken[key] = path
            if name.is_exact:
                self._exact[key] = scenario
            else:
                others = self._patterns.get(key[:2], [])
                kept = [each for each in others if each[0] != name]
                self._patterns[key[:2]] = sorted(
                    [*kept, (name, scenario)], key=lambda each: each[0].rank
                )

    def _replaced(self, key: _Key, entry: Entry, what: str) -> None:
        """Note that an entry replaces another one of the same name."""
        text = f"{entry.description} Replaces {what}."
        self._entries[key] = replace(entry, description=text)
        note = f"scenario: {entry.file} replaces {what} {key[2]}"
        if note not in self.replacements:
            self.replacements.append(note)


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

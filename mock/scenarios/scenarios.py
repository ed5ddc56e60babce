"""Scenarios: special responses that a request selects by a name in its path.

Each is a file in fixtures/courses/ that shows one thing; `--fixtures` adds folders. A scenario in
an added folder replaces the built-in one of the same name.
"""

from __future__ import annotations

import re
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from ...spec.contract import DEFAULT
from ...spec.describing import joined
from ...spec.folders import yaml_files
from ...spec.source import SourceError, join
from ..data.makers import Overrides
from ..data.providers import ProviderError
from ..http.error_response import ErrorResponse
from . import files as scenario_files
from .items import GivenItems
from .names import Name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ...spec.contract import Contract
    from ...spec.model import Operation
    from ...spec.source import Problem
    from ..data.dataset import Collection
    from ..data.pages import PagedList
    from ..response import StubResponse
    from .files import ScenarioFile

_Key: TypeAlias = tuple[str, int, str]
"""An operation, the position of a parameter in its path, and a name."""
FAULTS = "faults.yaml"
"""The file in a folder of fixtures that contains faults, not a scenario."""
FOLDER = Path(__file__).parent.parent.parent / "fixtures" / "courses"

_NOT_FOUND = 404


class Scenario:
    """The effect of one file on one operation."""

    def __init__(
        self, file: ScenarioFile, paged: PagedList | None = None, given: GivenItems | None = None
    ) -> None:
        self.file = file
        self.owner: tuple[str, ...] | None = None
        self._paged, self._given, self.total = paged, given, file.total

    def check_keys(self, name: Name) -> None:
        """Report a key that occurs twice in the list of a name to the file."""
        found = self.sized(name.total(name.example)).collection((name.example,))
        if found is not None and self._given is not None:
            self._given.check_keys(found)

    def sized(self, total: int | None) -> Scenario:
        """Return the scenario for a value that says the number of items, itself for None."""
        if total is None:
            return self
        found = copy(self)
        found.total = total
        return found

    def collection(self, names: tuple[str, ...]) -> Collection | None:
        """Return the items for path values, None for the default ones.

        Raises ErrorResponse if there cannot be so many items.
        """
        if self._paged is None or self._given is None:
            return None
        items = self._given.items
        if self.total is not None and self.total > items.most:
            nouns = self._paged.pagination.nouns
            what = f"{nouns.list.capitalize()} is not found"
            detail = f"there are at most {items.most} {nouns.rows} with different keys"
            raise ErrorResponse(_NOT_FOUND, what, detail)
        whole = self._paged.collections.named(names, items, self.total, self._given.pinned(names))
        if self.total is None:
            whole.total = max(whole.total, self._given.end)
        return whole

    @property
    def replaces(self) -> bool:
        """Whether it has one response, which replaces the default one."""
        return self.file.failure is not None or self.file.raw is not None

    @property
    def is_plain(self) -> bool:
        """Whether each of its responses is a page of a list, whole and at once."""
        return not (self.replaces or self.file.delay or self.file.drop is not None)

    def instead(self, left: str = "") -> StubResponse | None:
        """Return the one response of the scenario, if it has one; raise it if it is an error.

        `left` says what is left of its limit, and is added to the detail of the error.
        """
        failure = self.file.failure
        if failure is not None:
            raise ErrorResponse(
                failure.status,
                failure.title,
                f"{failure.detail}; {left}" if left else failure.detail,
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
        cls, contract: Contract, lists: Mapping[str, PagedList], folders: Sequence[Path]
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
            if set(file.names) <= _parameters(contract):
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
        lists: Mapping[str, PagedList],
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


def made(file: ScenarioFile, contract: Contract, paged: PagedList | None) -> Scenario | None:
    """Return a scenario, None if it does not fit the list; report why to the file."""
    if paged is None or not file.lists:
        return Scenario(file)
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
    given = GivenItems(file, contract, paged, items)
    if file.total is not None and file.total > items.most:
        file.report(("total",), f"only {items.most} items can have different keys")
    return None if len(file.problems) > before else Scenario(file, paged, given)

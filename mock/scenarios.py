"""Scenarios: courses that answer in a way of their own, chosen by their name alone.

Each is a file of fixtures/courses/, one idea a file; `--fixtures` adds folders of more.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..spec.source import Source, SourceError
from .dataset import Collection, collection_key
from .items import dumps

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..spec.contract import Contract
    from ..spec.model import Operation
    from ..spec.source import Problem
    from .pages import PagedList

FOLDER = Path(__file__).parent.parent / "fixtures" / "courses"


@dataclass(frozen=True, slots=True)
class Scenario:
    """What one scenario does for one operation."""

    id: str
    description: str
    collection: Collection | None


class Scenarios:
    """The scenarios of a contract, by operation and name."""

    def __init__(self) -> None:
        self._exact: dict[tuple[str, int, str], Scenario] = {}

    @classmethod
    def load(
        cls, contract: Contract, lists: Mapping[str, PagedList], folders: Sequence[Path]
    ) -> Scenarios:
        """Read the built-in scenarios that fit the contract, and all of `folders`."""
        scenarios = cls()
        problems: list[Problem] = []
        for folder, own in [(FOLDER, False), *((f, True) for f in folders)]:
            for path in sorted(folder.glob("*.yaml")):
                found: list[Problem] = []
                scenarios._add(contract, lists, path, found)
                problems += found if own else []
        if problems:
            raise SourceError(problems)
        return scenarios

    def find(self, operation: Operation, names: tuple[str, ...]) -> Scenario | None:
        """Give the scenario that the names in a path ask for."""
        for position, name in enumerate(names):
            found = self._exact.get((operation.id, position, name))
            if found is not None:
                return found
        return None

    def _add(
        self,
        contract: Contract,
        lists: Mapping[str, PagedList],
        path: Path,
        problems: list[Problem],
    ) -> None:
        source = Source.read(path)
        raw: Mapping[str, Any] = source.value
        for parameter, names in raw["when"].items():
            for operation in contract.operations:
                paged = lists.get(operation.id)
                in_path = [p.name for p in operation.located("path")]
                if parameter not in in_path or paged is None:
                    continue
                pinned = {}
                for index, item in raw.get("items", {}).items():
                    broken = paged.items.schema.judge(item).violations
                    problems += [source.problem(("items", index, *v.place), str(v)) for v in broken]
                    pinned[int(index)] = dumps(item)
                for name in _listed(names):
                    keys = paged.items.keys(collection_key(paged.seed, (name,)))
                    collection = Collection(paged.items, keys, raw["total"], pinned)
                    if not problems:
                        key = (operation.id, in_path.index(parameter), name)
                        self._exact[key] = Scenario(path.stem, raw["description"], collection)


def _listed(names: Any) -> Iterable[str]:
    return names if isinstance(names, list) else [names]

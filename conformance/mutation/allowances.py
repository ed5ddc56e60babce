"""What the contract says about changes that the suite does not find: `mutants.yaml`.

The file is beside the register. A change that it allows still conforms, so it must not be found.
For a change that nothing protects, it has the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...mock.faults.places import ROLES, Location, Places
from ...spec.documents import files
from ...spec.documents.pointers import join
from ...spec.documents.problems import SourceError
from .catalogue import ERROR, SUCCESS, catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...spec.contract import Contract
    from ...spec.documents.problems import Problem
    from ...spec.documents.source import Source
    from .catalogue import Class

_SCHEMA = Path(__file__).with_name("allowances.schema.yaml")
_NAME = "mutants.yaml"
_ANYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Allowance:
    """An entry: what it says about which changes, and the decision that says so, or empty."""

    is_allowed: bool
    at: tuple[str, ...]
    changes: tuple[str, ...]
    decision: str
    because: str

    @property
    def reason(self) -> str:
        """The reason, with the decision that it follows from."""
        return f"{self.decision}: {self.because}" if self.decision else self.because


class Allowances:
    """The entries for one contract."""

    def __init__(self, contract: Contract) -> None:
        """Read the file; there are no entries without it. Raises SourceError for mistakes."""
        self._places: dict[tuple[str, str], set[tuple[str, str]]] = {}
        self._contract = contract
        path = contract.register.path.with_name(_NAME)
        self._entries = tuple(_read(contract, path)) if path.is_file() else ()

    def of(self, class_: Class) -> Allowance | None:
        """Return the first entry about a class of mutants, None if there is none."""
        for entry in self._entries:
            if class_.operator.name in entry.changes and self._is_at(entry, class_):
                return entry
        return None

    def _is_at(self, entry: Allowance, class_: Class) -> bool:
        here = (class_.part, class_.place)
        named = {_ANYWHERE, class_.requirement, class_.place if class_.operator.at else _ANYWHERE}
        return bool(named & set(entry.at)) or any(
            here in self._places_of(role, class_.operation) for role in entry.at if role in ROLES
        )

    def _places_of(self, role: str, operation: str) -> set[tuple[str, str]]:
        key = (role, operation)
        if key not in self._places:
            found = next(each for each in self._contract.operations if each.id == operation)
            part, place = Location.of(role).within(Places(self._contract, found))
            if part == "row" and found.pagination and place is not None:
                place = (*found.pagination.items, _ANYWHERE, *place)
            named = ERROR if part == "error" else SUCCESS
            self._places[key] = set() if place is None else {(named, join(place))}
        return self._places[key]


def _read(contract: Contract, path: Path) -> Iterator[Allowance]:
    value, source = files.read(path, _SCHEMA)
    problems: list[Problem] = []
    for member in ("allowed", "unprotected"):
        for index, entry in enumerate(value.get(member, ())):
            problems += _mistakes(contract, source, (member, str(index)), entry)
            yield Allowance(
                member == "allowed",
                tuple(entry["at"]),
                tuple(entry["changes"]),
                entry.get("decision", ""),
                " ".join(entry["because"].split()),
            )
    if problems:
        raise SourceError(problems)


def _mistakes(
    contract: Contract, source: Source, place: tuple[str, ...], entry: Mapping[str, Any]
) -> Iterator[Problem]:
    operators = {operator.name: operator.at for operator in catalogue()}
    known = {_ANYWHERE, *ROLES, *operators.values(), *(each.id for each in contract.register)}
    for at in entry["at"]:
        if at not in known:
            yield source.problem((*place, "at"), f"{at!r} is no requirement, role or part")
    for name in entry["changes"]:
        if name not in operators:
            hint = f"Known are {', '.join(operators)}"
            yield source.problem((*place, "changes"), f"there is no change {name!r}", hint)
    decision = entry.get("decision")
    if decision and decision not in contract.register.decisions:
        yield source.problem((*place, "decision"), f"there is no decision {decision}")

"""The catalogue: faults read from YAML, with the file and line of every mistake.

An entry is a few members: a sentence, the requirements it breaks, when it shows, and operators. The
operators are applied in the order of OPERATORS.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...spec.documents import files as checked_files
from ...spec.documents.folders import yaml_files
from ...spec.documents.problems import SourceError
from ...spec.documents.source import Source
from . import FREEDOMS
from .examples import merged
from .fault import EVERYTHING, Behaviour, Fault
from .freedoms import Freedom, Permitted, varying
from .mistakes import MistakeError, near
from .operators import conditions, lists, requests, responses
from .places import KINDS, ROLES, Location

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence

    from ...spec.documents.pointers import Pointer
    from ...spec.documents.problems import Problem
    from .operators.conditions import Condition
    from .operators.responses import Step

BUILT_IN = Path(__file__).with_name("catalogue.yaml")
_SCHEMA = Path(__file__).with_name("catalogue.schema.yaml")
OPERATORS = (
    *("remember", "share", "request", "list", "error"),
    *("rows", "total", "change", "break law", "response"),
)
_PARAMETER_ROLES = ("page", "size")


def read(path: Path, known: Container[str] | None = None) -> dict[str, Fault]:
    """Return the faults of a file by name.

    `known` has the ids of all requirements; they are not checked without it. Raises SourceError
    with every mistake in the file.
    """
    value, source = checked_files.read(path, _SCHEMA)
    faults, problems = {}, []
    for name, entry in value.items():
        reader = _Reader(name, entry, known)
        faults[name] = reader.fault()
        problems += [source.problem((name, *at), what, hint) for at, what, hint in reader.mistakes]
    if problems:
        raise SourceError(problems)
    return faults


def read_freedoms(path: Path = FREEDOMS) -> dict[str, Freedom]:
    """Return the freedoms of a file by name; raise SourceError with every mistake in it."""
    source = Source.read(path)
    freedoms, problems = {}, []
    for name, entry in source.value.items():
        reader = _Reader(name, entry, None)
        freedoms[name] = reader.freedom()
        problems += [source.problem((name, *at), what, hint) for at, what, hint in reader.mistakes]
    if problems:
        raise SourceError(problems)
    return freedoms


def read_folders(
    folders: Sequence[Path], known: Container[str], taken: Mapping[str, Fault]
) -> dict[str, Fault]:
    """Return the faults of `faults.yaml` and `faults/*.yaml` in folders, by name.

    Raises SourceError for mistakes, and for a name that is `taken` or that two files have.
    """
    faults: dict[str, Fault] = {}
    problems: list[Problem] = []
    for path in files(folders):
        try:
            found = read(path, known)
        except SourceError as error:
            problems += error.problems
            continue
        for name, fault in found.items():
            if name in taken or name in faults:
                where = "built in" if name in taken else "in another file"
                what = f"the fault {name!r} already exists {where}"
                problems.append(Source.read(path).problem((name,), what, "Choose another name"))
            faults[name] = fault
    if problems:
        raise SourceError(problems)
    return faults


def files(folders: Sequence[Path]) -> Iterator[Path]:
    """Yield the files with faults in folders of fixtures."""
    for folder in folders:
        single = folder / "faults.yaml"
        if single.is_file():
            yield single
        yield from yaml_files(folder / "faults")


class _Reader:
    """Reads one entry, whose structure is valid, and notes its mistakes."""

    def __init__(self, name: str, entry: Mapping[str, Any], known: Container[str] | None) -> None:
        self._name, self._entry, self._known = name, entry, known
        self.mistakes: list[tuple[Pointer, str, str]] = []

    def fault(self) -> Fault:
        entry = self._entry
        hides = entry.get("hides", ())
        hidden = EVERYTHING if hides == "everything" else tuple(hides)
        if needs := entry.get("needs"):
            self._check(("needs",), needs)
        for member, ids in (("breaks", entry["breaks"]), ("hides", hidden)):
            for index, id_ in enumerate(ids):
                if id_ != "*":
                    self._check((member, str(index)), id_)
        conditions = self._conditions()
        return Fault(
            self._name,
            entry["does"],
            tuple(entry["breaks"]),
            self._behaviour(conditions),
            hidden,
            merged(conditions, entry.get("try", {})),
            needs=entry.get("needs", ""),
        )

    def freedom(self) -> Freedom:
        """Return the entry as a freedom, which says `because` in place of what it breaks."""
        entry = self._entry
        return Freedom(
            self._name,
            entry["does"],
            entry["because"],
            Permitted(self._behaviour(self._conditions())),
            entry.get("seen", {}),
            entry.get("weather", False),
        )

    def _behaviour(self, conditions: Sequence[Condition]) -> Behaviour:
        entry = self._entry
        rows = tuple(each for each in conditions if each.about_rows)
        if rows and not {"change", "break law"} & set(entry):
            self._note(("when",), "a condition about rows needs change or break law")
        if not set(OPERATORS) & set(entry):
            self._note((), f"{self._name} does nothing", f"Operators are {', '.join(OPERATORS)}")
        steps = [step for name in OPERATORS if name in entry if (step := self._step(name, rows))]
        return Behaviour(
            [each for each in conditions if not each.about_rows],
            steps,
            entry.get("response", {}).get("delay", 0.0),
        )

    def _conditions(self) -> list[Condition]:
        found = []
        given = self._entry.get("when", [])
        for index, phrase in enumerate([given] if isinstance(given, str) else given):
            at = ("when",) if isinstance(given, str) else ("when", str(index))
            try:
                condition = conditions.compiled(phrase)
            except MistakeError as mistake:
                self._note(at, str(mistake), mistake.hint)
                continue
            for name in condition.parameters:
                self._check(at, name, _PARAMETER_ROLES)
            found.append(condition)
        return found

    def _step(self, name: str, rows: tuple[Condition, ...]) -> Step | None:
        entry = self._entry[name]
        try:
            return self._made(name, entry, rows)
        except MistakeError as mistake:
            self._note((name,), str(mistake), mistake.hint)
            return None

    def _made(self, name: str, entry: Any, rows: tuple[Condition, ...]) -> Step:
        if name == "change":
            make = responses.changing if "breaks" in self._entry else varying
            return make([*self._locations(entry)], rows)
        if name == "break law":
            requirement = entry.get("of", self._entry["breaks"][0])
            self._check((name, "of"), requirement)
            return responses.breaking(requirement, entry, rows)
        if name == "request":
            for parameter in set(entry) - {"method", "path", "token", "store"}:
                self._check((name, parameter), parameter, _PARAMETER_ROLES)
        return _MAKERS[name](entry)

    def _locations(self, entry: Any) -> Iterator[tuple[Location, Mapping[str, Any]]]:
        for index, each in enumerate(responses.listed(entry)):
            location = Location.of(each["at"] if "at" in each else self._entry["breaks"][0])
            at = ("change",) if isinstance(entry, dict) else ("change", str(index))
            if location.requirement:
                self._check((*at, "at"), location.requirement, (*ROLES, *KINDS))
            yield location, each

    def _check(self, at: Pointer, name: str, roles: Collection[str] = ()) -> None:
        if self._known is not None and name not in self._known and name not in roles:
            hint = near(name, roles) if roles else ""
            self._note(at, f"there is no requirement {name!r}", hint)

    def _note(self, at: Pointer, what: str, hint: str = "") -> None:
        self.mistakes.append((at, what, hint))


_MAKERS: Mapping[str, Callable[[Any], Step]] = {
    "remember": responses.remembering,
    "share": requests.sharing,
    "request": requests.rewriting,
    "list": lists.mistaken,
    "error": responses.refusing,
    "rows": responses.picking,
    "total": responses.counting,
    "response": responses.responding,
}

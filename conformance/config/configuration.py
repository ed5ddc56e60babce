"""The configuration file: values of options, for all commands, for one, and for an environment.

It is `ruangkerja.toml`, or the table `tool.ruangkerja` of `pyproject.toml`. A table with the name
of a command is for this command alone, and `env.NAME` is for the environment of this name.
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ...spec.documents.problems import Problem, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILE = "ruangkerja.toml"
_PROJECT, _TOOL = "pyproject.toml", ("tool", "ruangkerja")
_ENVIRONMENTS = "env"
# Of each group, one is chosen: what a later table chooses replaces what an earlier one chose.
ALTERNATIVES = ({"token", "token-file", "token-command"}, {"url", "stub"})
_PLACE = re.compile(r"(?P<what>.*) \(at line (?P<line>\d+), column \d+\)")

Place: TypeAlias = "tuple[str, ...]"


@dataclass(frozen=True, slots=True)
class Setting:
    """A value in the file, and its line."""

    name: str
    value: Any
    line: int


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration file; `table` is where its values are in the file."""

    file: Path
    text: str
    table: Place
    values: Mapping[str, Any]

    @classmethod
    def read(cls, file: Path) -> Configuration:
        """Read a file. Raises SourceError, and OSError if it cannot be read."""
        try:
            text = file.read_bytes().decode()
        except UnicodeDecodeError:
            raise SourceError([Problem(str(file), 1, "the file is not UTF-8")]) from None
        try:
            values: Any = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            found = _PLACE.fullmatch(str(error))
            line = int(found["line"]) if found else text.count("\n") + 1
            what = found["what"] if found else str(error)
            raise SourceError(
                [Problem(str(file), line, f"the file is not valid TOML: {what}")]
            ) from None
        table = _TOOL if file.name == _PROJECT else ()
        for name in table:
            values = values.get(name, {})
        return cls(file, text, table, values)

    @classmethod
    def here(cls) -> Configuration | None:
        """Return the file of the working directory, or of the nearest one above in its repository.

        Raises SourceError, and OSError if it cannot be read.
        """
        try:
            folder = Path.cwd()
        except FileNotFoundError:
            return None  # it was removed
        above = [folder, *folder.parents]
        roots = (number for number, each in enumerate(above) if (each / ".git").exists())
        for each in above[: next(roots, 0) + 1]:
            own, project = each / FILE, each / _PROJECT
            if own.is_file():
                return cls.read(Path(os.path.relpath(own, folder)))
            if project.is_file() and "ruangkerja" in project.read_text(errors="replace"):
                found = cls.read(Path(os.path.relpath(project, folder)))
                if found.values:
                    return found
        return None

    def settings(
        self, command: str, environment: str | None, options: Mapping[str, set[str]]
    ) -> dict[str, Setting]:
        """Return the settings of a command by the name of the option.

        `options` has the names of the options of each command. Raises SourceError for every name in
        the file that no option has, and for an environment that the file does not have.
        """
        self._check(options)
        environments = self.values.get(_ENVIRONMENTS, {})
        tables: list[Place] = [()]
        if environment is not None:
            if environment not in environments:
                what = f"there is no table {_ENVIRONMENTS}.{environment}"
                line = self.line((_ENVIRONMENTS,))
                raise SourceError([self._problem(line, what, _near(environment, environments))])
            tables.append((_ENVIRONMENTS, environment))
        found: dict[str, Setting] = {}
        for table in tables:
            for place in (table, (*table, command)):
                new = {
                    name: Setting(name, value, self.line((*place, name)))
                    for name, value in self._table(place).items()
                    if not isinstance(value, dict) and name in options[command]
                }
                for group in ALTERNATIVES:
                    if group & new.keys():
                        found = {name: each for name, each in found.items() if name not in group}
                found |= new
        return found

    def everywhere(self, name: str) -> Iterator[tuple[str, Setting]]:
        """Yield each value of an option in the file, after the command it is for, or ''."""
        environments = [(_ENVIRONMENTS, each) for each in self._table((_ENVIRONMENTS,))]
        for table in ((), *environments):
            commands = [each for each in self._table(table) if (*table, each) != (_ENVIRONMENTS,)]
            for command in ("", *commands):
                place = (*table, command) if command else table
                values = self._table(place)
                if name in values:
                    yield command, Setting(name, values[name], self.line((*place, name)))

    def line(self, place: Place) -> int:
        """Return the line of a value or a table, or of the nearest one around it."""
        wanted, best, length = (*self.table, *place), 1, 0
        for number, found in _named(self.text):
            common = min(len(wanted), len(found))
            if common > length and wanted[:common] == found[:common]:
                best, length = number, common
        return best

    def problem(self, setting: Setting, what: str) -> Problem:
        """Return a mistake in a value."""
        return self._problem(setting.line, f"{setting.name}: {what}")

    def _problem(self, line: int, what: str, advice: str = "") -> Problem:
        return Problem(str(self.file), line, what, advice)

    def _table(self, place: Place) -> Mapping[str, Any]:
        values: Any = self.values
        for name in place:
            values = values.get(name, {})
        return values if isinstance(values, dict) else {}

    def _check(self, options: Mapping[str, set[str]]) -> None:
        environments = self._table((_ENVIRONMENTS,))
        tables = [(), *((_ENVIRONMENTS, name) for name in environments)]
        problems = [problem for table in tables for problem in self._unknown(table, options)]
        if not isinstance(self.values.get(_ENVIRONMENTS, {}), dict):
            problems.append(self._problem(self.line((_ENVIRONMENTS,)), "env is not a table"))
        for name, value in environments.items():
            if not isinstance(value, dict):
                what = f"{_ENVIRONMENTS}.{name} is not a table; each environment is one"
                problems.append(self._problem(self.line((_ENVIRONMENTS, name)), what))
        if problems:
            raise SourceError(sorted(problems, key=lambda each: each.line))

    def _unknown(self, table: Place, options: Mapping[str, set[str]]) -> Iterator[Problem]:
        """Yield the names in a table, and in its tables of commands, that no option has."""
        every = set[str]().union(*options.values())
        for name, value in self._table(table).items():
            place = (*table, name)
            if isinstance(value, dict):
                if name in options:
                    for option in value.keys() - options[name]:
                        what = f"{name} has no option --{option}"
                        line = self.line((*place, option))
                        yield self._problem(line, what, _near(option, options[name]))
                elif name != _ENVIRONMENTS or table:
                    known = {*options, _ENVIRONMENTS}
                    what = f"there is no command {name}"
                    yield self._problem(self.line(place), what, _near(name, known))
            elif name not in every and name != _ENVIRONMENTS:
                what = f"no command has an option --{name}"
                yield self._problem(self.line(place), what, _near(name, every))


def _near(name: str, known: set[str] | Mapping[str, Any]) -> str:
    near = get_close_matches(name, sorted(known), 1, 0.5)
    return f"Did you mean {near[0]}?" if near else ""


def _named(text: str) -> Iterator[tuple[int, Place]]:
    """Yield the line and the place of each table and each value that begins in a line of its own.

    The parser has no lines, so each line is parsed by itself. A line of a text of several lines can
    look like one of these; the first line that fits is taken.
    """
    table: Place = ()
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if stripped.startswith("["):
            if (place := _path_in(f"{stripped}\n")) is not None:
                table = place
                yield number, table
        elif "=" in stripped and (place := _path_in(f"{stripped.partition('=')[0]} = 0")):
            yield number, (*table, *place)


def _path_in(line: str) -> Place | None:
    """Return the names in a line of TOML, from the outermost table to the innermost one."""
    try:
        values: Any = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return None
    place: list[str] = []
    while isinstance(values, dict) and values:
        [(name, values)] = values.items()
        place.append(name)
    return tuple(place)

"""Scenario files: read strictly, with the line of every mistake and what is allowed there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...spec.describing import actual, joined
from ...spec.source import Source, SourceError, split

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ...spec.source import Pointer, Problem

_LONGEST_DELAY = 600
_STATUSES = range(200, 600)


@dataclass(frozen=True, slots=True)
class Failure:
    """The refusal a scenario answers everything with; `code` is None for the usual one."""

    status: int
    title: str
    detail: str
    code: str | None
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RawResponse:
    """An answer that is sent as it stands, valid or not."""

    status: int
    media_type: str
    body: bytes


@dataclass(slots=True)
class ScenarioFile:
    """What one file says; names are by path parameter, a `*` at the end stands for any rest."""

    source: Source
    description: str = ""
    names: Mapping[str, list[str]] = field(default_factory=dict)
    total: int | None = None
    items: Mapping[str, Any] = field(default_factory=dict)
    cases: Mapping[Pointer, Any] = field(default_factory=dict)
    faker: Mapping[Pointer, Any] = field(default_factory=dict)
    failure: Failure | None = None
    raw: RawResponse | None = None
    delay: float = 0.0
    drop: float | None = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The name of the file without its ending."""
        return self.source.path.stem

    @property
    def lists(self) -> bool:
        """Whether it says anything of the items of a list."""
        return self.total is not None or bool(self.items or self.cases or self.faker)

    def report(self, place: Pointer, what: str, hint: str = "") -> None:
        """Note a mistake at a place of the file."""
        self.problems.append(self.source.problem(place, what, hint))


def read(path: Path) -> ScenarioFile:
    """Read a file; its mistakes are in `problems`. Raises SourceError where it is no YAML."""
    source = Source.read(path)
    file = ScenarioFile(source)
    if not isinstance(source.value, Mapping):
        raise SourceError([source.problem((), "is no scenario", _ALLOWED)])
    for name, value in source.value.items():
        if name not in _MEMBERS:
            file.report((name,), f"a scenario has no member {name!r}", _ALLOWED)
            continue
        try:
            _MEMBERS[name](file, value)
        except _MistakeError as mistake:
            file.report((name, *mistake.place), str(mistake), mistake.hint)
    for name in ("description", "when"):
        if name not in source.value:
            file.report((), f"the member {name} is missing", _ALLOWED)
    if file.lists and (file.failure or file.raw):
        other = "failure" if file.failure else "answer"
        what = f"{other} stands in place of a list: total, items, cases and faker do not go with it"
        file.report((other,), what)
    return file


class _MistakeError(ValueError):
    def __init__(self, what: str, hint: str = "", place: Pointer = ()) -> None:
        self.hint, self.place = hint, place
        super().__init__(what)


def _description(file: ScenarioFile, value: Any) -> None:
    file.description = _text(value, "description")


def _when(file: ScenarioFile, value: Any) -> None:
    hint = "Write it as 'PARAMETER: NAME', or with a list of names"
    if not isinstance(value, Mapping) or not value:
        raise _MistakeError("when has path parameters with their names", hint)
    names = {}
    for parameter, given in value.items():
        each = given if isinstance(given, list) else [given]
        for name in each:
            if not isinstance(name, str) or not name.rstrip("*"):
                raise _MistakeError(f"{actual(name)} is no name; it is text", hint, (parameter,))
            if "*" in name[:-1]:
                what = f"{actual(name)}: a * stands at the end of a name"
                raise _MistakeError(what, place=(parameter,))
        names[parameter] = each
    file.names = names


def _total(file: ScenarioFile, value: Any) -> None:
    if not _is_whole(value) or value < 0:
        raise _MistakeError(f"total is {actual(value)}; allowed is a whole number from 0")
    file.total = value


def _items(file: ScenarioFile, value: Any) -> None:
    hint = "Rows count from 0, over all pages"
    if not isinstance(value, Mapping):
        raise _MistakeError("items has rows with the items that stand there", hint)
    for row in value:
        if not row.isdecimal():
            raise _MistakeError(f"{actual(row)} is no row", hint, (row,))
    file.items = value


def _cases(file: ScenarioFile, value: Any) -> None:
    file.cases = _by_place(value, "cases keeps the cases of a record that fix these values")


def _faker(file: ScenarioFile, value: Any) -> None:
    file.faker = _by_place(value, "faker has other directives than the contract's x-faker")


def _by_place(value: Any, meaning: str) -> dict[Pointer, Any]:
    if not isinstance(value, Mapping) or not value:
        raise _MistakeError(f"{meaning}, by place in an item", "A place is written /member/member")
    found = {}
    for pointer, wanted in value.items():
        try:
            found[split(pointer)] = wanted
        except ValueError as error:
            raise _MistakeError(str(error), place=(pointer,)) from None
    return found


def _failure(file: ScenarioFile, value: Any) -> None:
    _only(value, "failure", ("status", "title", "detail", "code", "headers"))
    title = _text(value.get("title", "Asked for by a scenario"), "title")
    headers = value.get("headers", {})
    if not isinstance(headers, Mapping):
        raise _MistakeError("headers has names with texts", place=("headers",))
    for name, text in headers.items():
        if not (name.isascii() and str(text).isascii() and f"{name}{text}".isprintable()):
            raise _MistakeError(f"{name} is no header that can be sent", place=("headers", name))
    code = value.get("code")
    file.failure = Failure(
        _status(value),
        title,
        _text(value.get("detail", title), "detail"),
        None if code is None else _text(code, "code"),
        tuple((name, str(text)) for name, text in headers.items()),
    )


def _answer(file: ScenarioFile, value: Any) -> None:
    _only(value, "answer", ("status", "media_type", "body"))
    media_type = _text(value.get("media_type", "application/json"), "media_type")
    body = value.get("body", "")
    if not isinstance(body, str):
        raise _MistakeError("body is text, sent as it stands", place=("body",))
    file.raw = RawResponse(_status(value), media_type, body.encode())


def _delay(file: ScenarioFile, value: Any) -> None:
    if not _is_number(value) or not 0 <= value <= _LONGEST_DELAY:
        raise _MistakeError(f"delay is {actual(value)}; allowed are seconds, 0 to {_LONGEST_DELAY}")
    file.delay = float(value)


def _drop(file: ScenarioFile, value: Any) -> None:
    if not _is_number(value) or not 0 <= value < 1:
        raise _MistakeError(
            f"drop is {actual(value)}; allowed is how much of the body is sent, 0 to below 1"
        )
    file.drop = float(value)


def _status(value: Mapping[str, Any]) -> int:
    status = value.get("status")
    if not isinstance(status, int) or isinstance(status, bool) or status not in _STATUSES:
        raise _MistakeError(f"status is {actual(status)}; allowed is 200 to 599", place=("status",))
    return status


def _only(value: Any, name: str, members: tuple[str, ...]) -> None:
    if not isinstance(value, Mapping):
        raise _MistakeError(f"{name} has the members {joined(list(members), 'and')}")
    for member in value:
        if member not in members:
            hint = f"Allowed are {joined(list(members), 'and')}"
            raise _MistakeError(f"{name} has no member {member!r}", hint, (member,))


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _MistakeError(f"{name} is {actual(value)}; it has to be text")
    return value.strip()


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_MEMBERS: Mapping[str, Callable[[ScenarioFile, Any], None]] = {
    "description": _description,
    "when": _when,
    "total": _total,
    "items": _items,
    "cases": _cases,
    "faker": _faker,
    "failure": _failure,
    "answer": _answer,
    "delay": _delay,
    "drop": _drop,
}
_ALLOWED = f"Allowed are {joined(list(_MEMBERS), 'and')}"

"""Scenario files, parsed strictly: each mistake has its line and what is allowed there."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...spec.describing import joined
from ...spec.documents import files
from ...spec.documents.pointers import split
from ...spec.documents.source import Source
from ..response import StubResponse
from ..sequences import Limit
from .names import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...spec.contract import Contract
    from ...spec.documents.pointers import Pointer
    from ...spec.documents.problems import Problem

_SCHEMA = Path(__file__).with_name("scenario.schema.yaml")


@dataclass(frozen=True, slots=True)
class Failure:
    """The error response to the requests of a scenario; `code` is None for the default."""

    status: int
    title: str
    detail: str
    code: str | None
    headers: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class ScenarioFile:
    """The content of a file; `names` by path parameter, `items` as the file has them.

    `limit` says until when the failure, the response, the delay and the cut hold.
    """

    source: Source
    description: str = ""
    names: Mapping[str, list[str]] = field(default_factory=dict)
    total: int | None = None
    items: Mapping[str, Any] | list[Any] = field(default_factory=dict)
    cases: Mapping[Pointer, Any] = field(default_factory=dict)
    faker: Mapping[Pointer, Any] = field(default_factory=dict)
    failure: Failure | None = None
    raw: StubResponse | None = None
    delay: float = 0.0
    drop: float | None = None
    limit: Limit | None = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def lists(self) -> bool:
        """Whether it describes the items of a list."""
        return self.total is not None or bool(self.items or self.cases or self.faker or self.sized)

    @property
    def sized(self) -> list[str]:
        """Return the path parameters whose values say the number of items."""
        return [name for name, texts in self.names.items() if any(PLACEHOLDER in t for t in texts)]

    def check_names(self, contract: Contract) -> None:
        """Report the path parameters that the contract does not have."""
        known = path_parameters(contract)
        for name in self.names:
            if name not in known:
                hint = f"Path parameters are {joined(sorted(known), 'and') or 'none'}"
                self.report(("when", name), f"no path parameter is called {name!r}", hint)

    def report(self, place: Pointer, what: str, hint: str = "") -> None:
        """Add a mistake at a place of the file."""
        self.problems.append(self.source.problem(place, what, hint))


def path_parameters(contract: Contract) -> set[str]:
    """Return the names of all parameters in the paths of a contract."""
    return {each.name for operation in contract.operations for each in operation.located("path")}


def read(path: Path) -> ScenarioFile:
    """Read a file; raise SourceError with the line of each mistake.

    Mistakes that depend on the contract are added to `problems` when the scenario is made.
    """
    return of(Source.read(path))


def of(source: Source, optional: tuple[str, ...] = ()) -> ScenarioFile:
    """Return the content of a file that was read, as `read` does.

    The `optional` members may be missing.
    """
    value = files.checked(source, _SCHEMA, optional)
    failure, response, raw = value.get("failure"), value.get("response"), None
    if response is not None:
        media_type = response.get("media_type", "application/json")
        body = response.get("body", "").encode()
        more = _headers(response)
        raw = StubResponse.of(int(response["status"]), body, media_type, more=more)
    file = ScenarioFile(
        source,
        description=_sentence(value.get("description", "").strip()),
        names=listed(value.get("when", {})),
        total=_whole(value.get("total")),
        items=value.get("items", {}),
        cases={split(place): wanted for place, wanted in value.get("cases", {}).items()},
        faker={split(place): made for place, made in value.get("faker", {}).items()},
        failure=_failure(failure) if failure is not None else None,
        raw=raw,
        delay=float(value.get("delay", 0)),
        drop=value.get("drop"),
        limit=Limit(_whole(value.get("times"))) if {"times", "until"} & set(value) else None,
    )
    _limited(file, value)
    if file.lists and (file.failure or file.raw) and file.limit is None:
        other = "failure" if file.failure else "response"
        what = f"{other} replaces the list, so it cannot have total, items, cases or faker"
        file.report((other,), f"{what}, or {PLACEHOLDER} in a name")
    for name in file.sized if file.total is not None else ():
        what = f"{PLACEHOLDER} is the number of items, so the file cannot have total"
        file.report(("when", name), what)
    return file


def listed(names: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the member `when`, in which one name may stand for a list of it."""
    return {name: each if isinstance(each, list) else [each] for name, each in names.items()}


def _whole(number: float | None) -> int | None:
    """Return a whole number that may be written as 10.0."""
    return None if number is None else int(number)


def _limited(file: ScenarioFile, value: Mapping[str, Any]) -> None:
    if "times" in value and "until" in value:
        file.report(("until",), "times and until cannot both be given", "Remove one of them")
    if file.limit is not None and not {"failure", "response", "delay", "drop"} & set(value):
        member = "times" if "times" in value else "until"
        what = f"{member} limits nothing"
        file.report((member,), what, "It limits failure, response, delay and drop")


def _sentence(text: str) -> str:
    """Return a text with a full stop, unless it ends with a mark of its own."""
    return f"{text}." if text[-1:].isalnum() else text


def _failure(value: Mapping[str, Any]) -> Failure:
    title = value.get("title", "Requested by a scenario")
    return Failure(
        int(value["status"]),
        title,
        value.get("detail", title),
        value.get("code"),
        _headers(value),
    )


def _headers(value: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(text)) for name, text in value.get("headers", {}).items())

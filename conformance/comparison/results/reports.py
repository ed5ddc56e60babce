"""Finished runs, read back from their report.json."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import Struct

from ....spec.visible import cut, line
from ...reporting.run.model import SCHEMA_VERSION
from ...verdicts.verdict import Outcome  # noqa: TC001 - msgspec reads the annotations

if TYPE_CHECKING:
    from pathlib import Path

NAME = "report.json"

_LARGEST = 200_000_000
_HINT = "`ruangkerja check --report-dir` writes report.json"
_LONGEST = 200


class ReportError(ValueError):
    """The file is not a report. The message is one line with the name of the file and a hint."""


class ReportedFinding(Struct, frozen=True):
    """A finding of a report."""

    where: str
    field: str | None
    message: str
    operation: str | None = None

    @property
    def place(self) -> tuple[str, str]:
        """The key that identifies the finding in other reports."""
        return self.where, self.field or ""


class Result(Struct, frozen=True):
    """The result for one requirement, with the first of `count` findings."""

    id: str
    title: str
    outcome: Outcome = msgspec.field(name="verdict")
    unused_waiver: str
    count: int = msgspec.field(name="findings_total")
    findings: tuple[ReportedFinding, ...]


class Point(Struct, frozen=True):
    """A point of coverage, and how often the data covered it."""

    place: str
    value: str
    counted: bool
    count: int
    operation: str = ""


class ReportedCoverage(Struct, frozen=True):
    """The parts of the contract that the data of a run covered."""

    percent: int
    points: tuple[Point, ...]

    @property
    def unseen(self) -> list[str]:
        """The points that the data did not cover."""
        return [f"{p.place} {p.value}".strip() for p in self.points if p.counted and not p.count]


class Tool(Struct, frozen=True):
    """The tool that wrote a report."""

    name: Literal["ruangkerja"]
    version: str


class Heading(Struct, frozen=True):
    """The fields that identify a report."""

    schema_version: int
    tool: Tool

    def __post_init__(self) -> None:
        if (version := self.schema_version) != SCHEMA_VERSION:
            what = f"schema_version is {version}, and this version reads {SCHEMA_VERSION}"
            raise ValueError(what)


class ReportedContract(Struct, frozen=True):
    """The contract of a run."""

    sha256: str


class ReportedPlace(Struct, frozen=True):
    """A place that shows a freedom, and the first exchange in which it does."""

    place: str
    exchange: int
    request: str = ""


class ReportedFreedom(Struct, frozen=True):
    """A freedom in the responses of an operation: `seen` of the `of` that could show it do."""

    name: str
    operation: str
    of: int
    seen: int
    places: tuple[ReportedPlace, ...]


class ReportedOperations(Struct, frozen=True):
    """The operations of a run: why some were not sent or judged, and what others were sent with."""

    left_out: dict[str, str] = msgspec.field(default_factory=dict)
    not_judged: dict[str, str] = msgspec.field(default_factory=dict)
    parameters: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)


class ReportedTarget(Struct, frozen=True):
    """The server of a run."""

    url: str
    stub: bool = False


class Summary(Struct, frozen=True):
    """The result of a run."""

    exit_code: int
    conclusion: str


class Report(Heading, frozen=True):
    """The parts of a report.json that are read again."""

    contract: ReportedContract
    target: ReportedTarget
    started: str
    summary: Summary
    configuration: dict[str, Any]
    coverage: ReportedCoverage
    rules: tuple[Result, ...]
    policies: tuple[dict[str, Any], ...] = ()
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    operations: ReportedOperations = msgspec.field(default_factory=ReportedOperations)
    freedoms: tuple[ReportedFreedom, ...] | None = None
    load: dict[str, Any] | None = None


def load(path: Path) -> Report:
    """Read a report.json. Raises ReportError if the file is not a report."""
    found = read_json(path, "a report", _HINT)
    try:
        msgspec.convert(found, Heading)  # of another version, the rest may be different
        return msgspec.convert(found, Report)
    except ValueError as error:
        what = cut(line(str(error)), _LONGEST)
        raise ReportError(f"{path}: is not a report: {what}; {_HINT}") from None


def read_json(path: Path, kind: str, hint: str) -> Any:
    """Return the value of a JSON file; raise ReportError, which says what `kind` of file it is."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise ReportError(f"{path}: cannot be read: {error.strerror}") from None
    if len(data) > _LARGEST:
        raise ReportError(f"{path}: is not {kind}: larger than {_LARGEST:,} bytes")
    try:
        return json.loads(data)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        what = f"is not JSON, or is incomplete ({error.msg}, {where})"
        raise ReportError(f"{path}: {what}; {hint}") from None
    except RecursionError:
        raise ReportError(f"{path}: is not {kind}: nested too deeply; {hint}") from None
    except ValueError as error:  # also bytes that are not UTF-8, and numbers that are too long
        what = cut(line(str(error)), _LONGEST)
        raise ReportError(f"{path}: is not {kind}: {what}; {hint}") from None

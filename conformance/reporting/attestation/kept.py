"""What was judged before pseudonyms replaced personal data, as data.

A verdict that depends on what the pseudonyms replace cannot be judged anew. So all verdicts are
recorded as they are, and so are the coverage of the contract and the freedoms that the server
takes. Verification says which verdicts the published exchanges do not give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import Struct

from ...evidence.coverage import Point  # noqa: TC001 - msgspec reads the annotations
from ...freedoms.taken import Shown, Sightings, Taken
from ...records.finding import Finding
from ...verdicts.verdict import Group, ListVerdict, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ....spec.register import Register
    from ...evidence.coverage import Coverage
    from ...evidence.evidence import Evidence
    from ...records.record import Record
    from ..run.waivers import Waiver


class VerdictError(ValueError):
    """A verdict that fits no evidence; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was judged before pseudonyms replaced personal data."""

    verdicts: Sequence[Verdict]
    coverage: Coverage
    taken: Taken


class KeptPoint(Struct, frozen=True):
    """A point of coverage, and how often it was seen."""

    point: Point
    count: int


class KeptFreedom(Struct, frozen=True):
    """A freedom in the responses of an operation, with its places, counts and first exchanges."""

    name: str
    operation: str
    of: int
    places: tuple[tuple[str, int, int], ...]


class KeptTaken(Struct, frozen=True):
    """The freedoms that a server takes, and the parameters that were sent by operation."""

    freedoms: tuple[KeptFreedom, ...]
    tried: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, taken: Taken) -> KeptTaken:
        """Return what was taken as data."""
        return cls(
            tuple(
                KeptFreedom(
                    name,
                    operation,
                    seen.of,
                    tuple((place, at.count, at.exchange) for place, at in seen.places.items()),
                )
                for (name, operation), seen in taken.freedoms.items()
            ),
            {operation: tuple(sorted(names)) for operation, names in taken.tried.items()},
        )

    def taken(self) -> Taken:
        """Return what was taken."""
        freedoms = {
            (each.name, each.operation): Sightings(
                each.of, {place: Shown(count, first) for place, count, first in each.places}
            )
            for each in self.freedoms
        }
        return Taken(freedoms, {id_: frozenset(names) for id_, names in self.tried.items()})


class KeptFinding(Struct, frozen=True):
    """A finding; records are given by the number of their exchange."""

    where: str
    expected: str
    actual: str
    record: int | None
    page: int | None
    row: int | None
    field: str | None
    is_law: bool
    before: int | None
    beside: int | None
    is_counted: bool
    is_once: bool

    @classmethod
    def of(cls, finding: Finding) -> KeptFinding:
        """Return a finding as data."""
        names = ("where", "expected", "actual", "page", "row", "field", "is_law", "is_counted")
        return cls(
            **{name: getattr(finding, name) for name in (*names, "is_once")},
            record=finding.exchange,
            before=finding.before.number if finding.before else None,
            beside=finding.beside.number if finding.beside else None,
        )

    def finding(self, records: Mapping[int, Record]) -> Finding:
        """Return the finding about these records."""

        def of(number: int | None) -> Record | None:
            if number is not None and number not in records:
                raise VerdictError(f"a finding is about request {number}, which is not judged")
            return None if number is None else records[number]

        return Finding(
            self.where,
            self.expected,
            self.actual,
            of(self.record),
            self.page,
            self.row,
            self.field,
            self.is_law,
            before=of(self.before),
            beside=of(self.beside),
            is_counted=self.is_counted,
            is_once=self.is_once,
        )


class KeptGroup(Struct, frozen=True):
    """Findings to which the same waivers apply, given by their position."""

    waivers: tuple[int, ...]
    count: int
    once: int
    first: dict[str, KeptFinding]


class KeptVerdict(Struct, frozen=True):
    """A verdict, before waivers are applied to it."""

    requirement: str
    outcome: Outcome
    findings: tuple[KeptFinding, ...]
    count: int
    judged: int
    reason: str
    uncovered: str
    help: str
    once: int
    groups: tuple[KeptGroup, ...]
    lists: tuple[ListVerdict, ...]

    @classmethod
    def of(cls, verdict: Verdict, waivers: Sequence[Waiver]) -> KeptVerdict:
        """Return a verdict as data."""
        names = ("outcome", "count", "judged", "reason", "uncovered", "help", "once", "lists")
        return cls(
            requirement=verdict.requirement.id,
            findings=tuple(map(KeptFinding.of, verdict.findings)),
            groups=tuple(
                KeptGroup(
                    tuple(place for place, waiver in enumerate(waivers) if waiver in applies),
                    group.count,
                    group.once,
                    {message: KeptFinding.of(each) for message, each in group.first.items()},
                )
                for applies, group in verdict.groups.items()
            ),
            **{name: getattr(verdict, name) for name in names},
        )

    def verdict(self, register: Register, waivers: Sequence[Waiver], evidence: Evidence) -> Verdict:
        """Return the verdict on evidence."""
        if self.requirement not in register:
            raise VerdictError(f"there is no requirement {self.requirement}")
        records = {
            record.number: record
            for part in evidence.parts(self.requirement)
            for record in (*part.records, *part.apart)
        }
        groups: dict[frozenset[object], Group] = {}
        for each in self.groups:
            if any(place not in range(len(waivers)) for place in each.waivers):
                raise VerdictError("a finding has a waiver that does not exist")
            first = {message: kept.finding(records) for message, kept in each.first.items()}
            applies: frozenset[object] = frozenset(waivers[place] for place in each.waivers)
            groups[applies] = Group(each.count, first, each.once)
        return Verdict(
            register[self.requirement],
            self.outcome,
            tuple(each.finding(records) for each in self.findings),
            self.count,
            self.judged,
            self.reason,
            self.uncovered,
            self.help,
            groups=groups,
            once=self.once,
            lists=self.lists,
        )


class KeptResults(Struct, frozen=True):
    """The verdicts, the points of coverage that were seen, and the freedoms that a server takes."""

    verdicts: tuple[KeptVerdict, ...]
    coverage: tuple[KeptPoint, ...]
    taken: KeptTaken

    @classmethod
    def of(cls, kept: Kept, waivers: Sequence[Waiver]) -> KeptResults:
        """Return what was judged as data."""
        return cls(
            tuple(KeptVerdict.of(verdict, waivers) for verdict in kept.verdicts),
            tuple(KeptPoint(point, count) for point, count in kept.coverage.seen.items()),
            KeptTaken.of(kept.taken),
        )

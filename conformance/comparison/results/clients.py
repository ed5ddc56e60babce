"""What speaks against a server for one client, and what is open."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ....spec.describing import counted
from ...verdicts.verdict import Exit, Outcome
from ..changes.kinds import Effect
from .evolution import notices, now_optional
from .usage import Place, Survival

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..changes.change import Change
    from .reports import Report, ReportedFinding, ReportedFreedom, Result
    from .usage import Usage, UsedFreedom, UsedOperation

_INDEX = re.compile(r"(?<=/)[0-9]+(?=/|\Z)")
_FEW = 3
_NOT_SEEN = (
    "it does not survive these freedoms, which the server was not seen to take (in parentheses, "
    "how many values or responses could have shown it): "
)
_OF_NETWORKS = "it does not survive what a network does, and no server rules out: "
_NOT_MET = "no request of its tests meets these freedoms, which the server takes: "
_NOT_SHOWN = "it does not survive these freedoms, and nothing in the report could show them: "
_OF_LOAD = (
    "it does not survive these freedoms, and the report of a load test, which has some of the "
    "exchanges alone, does not tell whether the server takes them; check the server: "
)


class ClientJudge:
    """Collects what speaks against a server, and what is open, for one client."""

    def __init__(self, report: Report, usage: Usage) -> None:
        self._report, self._usage = report, usage
        self._operations = {each.operation: each for each in usage.operations}
        self._needed = {Place(m.operation, m.place) for m in usage.members if m.needed}
        self.against: list[str] = []
        self.open: list[str] = []
        self.notes: list[str] = []

    def judge(self, changes: Sequence[Change]) -> None:
        """Judge everything that the client uses, and what changed about it in the contract."""
        self._judge_changes(changes)
        for operation in self._operations.values():
            self._judge_operation(operation)
        for result in self._report.rules:
            self._judge_result(result)
        if self._report.summary.exit_code not in {Exit.CONFORMING, Exit.NOT_CONFORMING}:
            self.open.append(f"the report is {self._report.summary.conclusion}")
        taken: dict[str, list[ReportedFreedom]] = {}
        for each in self._report.freedoms or ():
            if each.operation in self._operations:
                taken.setdefault(each.name, []).append(each)
        for freedom in self._usage.freedoms:
            self._judge_freedom(freedom, taken.pop(freedom.name, []))
        for name, found in taken.items():
            if any(each.seen for each in found):
                self.open.append(f"the client was not tested with {name}, which the server takes")
        self._judge_members({place for change in changes for place in now_optional(change)})

    def _judge_changes(self, changes: Sequence[Change]) -> None:
        """Judge what changed between the contract of the client and that of the server."""
        changes = [each for each in changes if not now_optional(each)]
        found = [each for each in changes if notices(self._usage, each)]
        for change in found:
            text = f"the contract changed: {change.where}: {change.message} ({change.new})"
            if change.effect is Effect.BREAKING:
                self.against.append(text)
            elif change.effect is Effect.UNKNOWN:
                self.open.append(text)
        if others := sum(change.effect is Effect.SAFE for change in found):
            what = counted(others, "change of the contract is", "changes of the contract are")
            self.notes.append(f"{what} safe for it")
        if unnoticed := len(changes) - len(found):
            what = counted(unnoticed, "change of the contract is", "changes of the contract are")
            self.notes.append(f"{what} about nothing that it uses")

    @property
    def grounds(self) -> str:
        """What the answer rests on, in numbers."""
        freedoms = [each.survival for each in self._usage.freedoms]
        survived = freedoms.count(Survival.SURVIVED)
        tried = survived + freedoms.count(Survival.NOT_SURVIVED)
        used = counted(len(self._operations), "operation", "operations")
        members = f"{len(self._needed)} of {len(self._usage.members)} members needed"
        return f"{used} used, {survived} of {tried} freedoms survived, {members}"

    def _judge_operation(self, used: UsedOperation) -> None:
        operations = self._report.operations
        reason = operations.left_out.get(used.label) or operations.not_judged.get(used.label)
        tried = operations.parameters.get(used.operation)
        if tried is None:
            why = f": {reason}" if reason else ""
            self.open.append(f"the report has no success response of {used.label}{why}")
            return
        if missing := [name for name in used.parameters if name not in tried]:
            names = ", ".join(missing)
            self.open.append(f"the report has no success response of {used.label} with {names}")

    def _judge_result(self, result: Result) -> None:
        if result.outcome not in {Outcome.FAILED, Outcome.WAIVED, Outcome.WARNED}:
            return
        findings = [each for each in result.findings if self._concerns(each)]
        hidden = result.count > len(result.findings)
        if not findings and not hidden:
            what = f"{result.id} {result.outcome}, in nothing that the client uses"
            self.notes.append(what)
            return
        shown = findings[0].message if findings else "not all of its findings are in the report"
        text = f"{result.id} {result.outcome}: {shown}"
        needs = any(self._is_needed(each) for each in findings)
        if result.outcome is Outcome.FAILED or (result.outcome is Outcome.WAIVED and needs):
            self.against.append(f"{text}{', which the client needs' if needs else ''}")
        else:
            self.notes.append(text)

    def _concerns(self, finding: ReportedFinding) -> bool:
        """Whether a finding is about something that the client may notice."""
        return finding.operation is None or finding.operation in self._operations

    def _is_needed(self, finding: ReportedFinding) -> bool:
        return finding.field is not None and _is_within(_place(finding), self._needed)

    def _judge_freedom(self, freedom: UsedFreedom, taken: Sequence[ReportedFreedom]) -> None:
        seen = [*_sightings(freedom, taken)]
        match freedom.survival:
            case Survival.NOT_SURVIVED if freedom.weather:
                self._together(self.notes, _OF_NETWORKS, freedom.name)
            case Survival.NOT_SURVIVED if seen:
                takes = f"the server takes {_seen(freedom, seen)}"
                self.against.append(f"{takes}, and the client does not survive it: {freedom.does}")
            case Survival.NOT_SURVIVED:
                of = sum(each.of for each in taken)
                if not of:
                    self._together(self.open, _NOT_SHOWN, freedom.name)
                elif self._report.load is not None:
                    self._together(self.open, _OF_LOAD, freedom.name)
                else:
                    self._together(self.notes, _NOT_SEEN, f"{freedom.name} ({of})")
            case Survival.ACCEPTED if seen:
                self.notes.append(f"its team accepts {_seen(freedom, seen)}: {freedom.does}")
            case Survival.LEFT_OUT if seen:
                what = f"the client was not tested with {_seen(freedom, seen)}"
                self.open.append(f"{what}, which the server takes: {freedom.does}")
            case Survival.NOT_MET if seen:
                self._together(self.notes, _NOT_MET, freedom.name)

    def _together(self, reasons: list[str], reason: str, name: str) -> None:
        """Add a name to a reason, which is given once for all of its names."""
        for index, each in enumerate(reasons):
            if each.startswith(reason):
                reasons[index] = f"{each}, {name}"
                return
        reasons.append(f"{reason}{name}")

    def _judge_members(self, optional: set[str]) -> None:
        """Judge the members that the contract of the server allows to be missing."""
        points = {
            (each.operation, each.place, each.value): each.count
            for each in self._report.coverage.points
        }
        for member in self._usage.members:
            if not member.needed or not (member.optional or member.place in optional):
                continue
            at = (member.operation, member.place)
            if points.get((*at, "is left out")):
                self.against.append(f"the server leaves {member.place} out, which the client needs")
            elif there := points.get((*at, "is there")):
                what = f"the contract allows {member.place}, which the client needs, to be left out"
                self.notes.append(f"{what}; it was there in {there} of {there} places")
            else:
                what = f"the client needs {member.place}, which the contract allows to be left out"
                self.open.append(f"{what}; nothing in the report could show it")


def _sightings(freedom: UsedFreedom, taken: Sequence[ReportedFreedom]) -> Iterator[tuple[str, str]]:
    """Yield where a server was seen to take a freedom in a way that the client did not meet."""
    for each in taken:
        for seen in each.places:
            place = Place(each.operation, seen.place)
            if place in freedom.met or (freedom.places and place not in freedom.places):
                continue
            yield seen.place, f"exchange {seen.exchange} {seen.request}".rstrip()


def _seen(freedom: UsedFreedom, seen: Sequence[tuple[str, str]]) -> str:
    where = [f"{exchange}{f', {place}' if place else ''}" for place, exchange in seen[:_FEW]]
    more = f"; and {len(seen) - _FEW} more" if len(seen) > _FEW else ""
    return f"{freedom.name} (seen in {'; '.join(where)}{more})"


def _place(finding: ReportedFinding) -> Place:
    return Place(finding.operation or "", _INDEX.sub("*", finding.field or ""))


def _is_within(place: Place, places: set[Place]) -> bool:
    """Whether a place is one of some, or below one."""
    return any(
        place.operation == each.operation and f"{place.place}/".startswith(f"{each.place}/")
        for each in places
    )

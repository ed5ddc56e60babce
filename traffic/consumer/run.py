"""The run of a consumer's test: a command without a freedom, then with each of them."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ... import __version__
from ...conformance.verdicts.verdict import Exit
from ...mock.faults import Freedom
from ...spec.describing import counted
from ...spec.secrets.masking import HIDDEN, is_secret, without_logins
from ...spec.secrets.token_forms import PART, Finder
from ...spec.visible import cut, line
from . import command, variants
from .requested import Met, met
from .results import MemberTrial, Outcome, PlaceTrial, Results, Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .command import Ended
    from .stub import ChangingStub, Kind
    from .variants import Spot

MOST_LINES = 40
"""The last lines of the command that are kept."""
_LONGEST = 500
_STYLE = re.compile(r"\x1b\[[0-9;]{0,16}[A-Za-z]")
"""What sets the colour of a terminal."""
_OF_FREEDOMS = (Outcome.NOT_SURVIVED, Outcome.SURVIVED)
_OF_FAULTS = (Outcome.NOTICED, Outcome.NOT_NOTICED)
"""The outcomes of a command that failed, and of one that passed."""
_UNTOUCHED = "it changes no response to the requests of the command"
_REFUSED = "the contract does not allow it in any response to the command"


class NotTestedError(Exception):
    """The command cannot be judged: `reason` says why, `lines` are its last ones."""

    def __init__(self, reason: str, ending: Exit, lines: Sequence[str] = ()) -> None:
        self.ending, self.lines = ending, lines
        super().__init__(reason)


@dataclass
class ConsumerTest:
    """The test of one command against a stub that is up.

    `variable` is the environment variable that the command reads the stub's URL from, `timeout` the
    seconds that each run may take. `shown` are the arguments without secrets. `note` is called with
    the result of each run.
    """

    stub: ChangingStub
    arguments: Sequence[str]
    shown: Sequence[str]
    variable: str
    timeout: float
    note: Callable[[Trial], None]
    _finder: Finder = field(init=False)

    def __post_init__(self) -> None:
        values = [value for name, value in os.environ.items() if is_secret(name)]
        # A path is none: PWD names the folder.
        self._finder = Finder(v for v in values if len(v) >= PART and not Path(v).is_absolute())

    def run(
        self,
        freedoms: Sequence[Kind],
        faults: Sequence[Kind],
        *,
        needs: Mapping[str, Freedom] | None = None,
    ) -> Results:
        """Run the command, and return the results; raise NotTestedError and CommandError.

        If `needs` has all freedoms, the results say what the client needs: the command also runs
        without each member of the responses that it gets.
        """
        began = time.monotonic()
        started = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._run_plainly()
        requests = self.stub.count
        tried = [self._tried(each) for each in freedoms]
        noticed = [self._tried(each) for each in faults]
        known = met(self.stub) if needs else Met()
        names = {each.name for each in freedoms}
        left = [each for name, each in (needs or {}).items() if name not in names]
        not_met = [each.name for each in left if not self.stub.foretell(each).touched]
        members = self._members(known)
        places = self._places(freedoms, tried, known)
        if any(each.lines or each.exit_code is not None for each in (*tried, *noticed)):
            self._run_again([*tried, *members])
        ending, conclusion = _conclusion(tried) if tried else _of_faults(noticed)
        contract = self.stub.contract
        return Results(
            version=__version__,
            command=tuple(self.shown),
            contract=f"{contract.title} {contract.version}",
            contract_sha256=contract.digest,
            policies=tuple(map(str, contract.policies)),
            started=started,
            seconds=round(time.monotonic() - began, 3),
            requests=requests,
            exit_code=int(ending),
            conclusion=conclusion,
            about_faults=_of_faults(noticed)[1] if tried and noticed else "",
            freedoms=tuple(tried),
            faults=tuple(noticed),
            operations=tuple(known.operations),
            members=tuple(members),
            places=tuple(places),
            not_met=tuple(not_met),
        )

    def _run_plainly(self) -> None:
        self.stub.watch()
        ended = self._run()
        nothing = (
            f"the command sent no request to an operation of the contract at {self.stub.url}; "
            f"it finds the URL in the environment variable {self.variable}"
        )
        if not ended.passed:
            what = f"the command fails without any freedom: {ending_of(ended, self.timeout)}"
            why = "" if self.stub.count else f"; {nothing}"
            raise NotTestedError(f"{what}{why}", Exit.USAGE, ended.lines)
        if not self.stub.count:
            raise NotTestedError(nothing, Exit.NOT_JUDGED, ended.lines)

    def _members(self, known: Met) -> list[MemberTrial]:
        """Run the command without each member; what is in one that is not needed is not tried."""
        labels = {each.operation: each.label for each in known.operations}
        found: list[MemberTrial] = []
        spared: list[Spot] = []
        for spot in known.spots:
            if not spot.is_member or any(spot.is_within(each) for each in spared):
                continue
            ended = self._run_with(variants.without(spot))
            if ended is None:
                continue
            outcome = Outcome.NOT_NEEDED if ended.passed else Outcome.NEEDED
            spared += [spot] if ended.passed else []
            reason = "" if ended.passed else ending_of(ended, self.timeout)
            trial = MemberTrial(spot.operation, spot.pointer, outcome, spot.optional, reason)
            found.append(trial)
            self.note(Trial(f"{labels[spot.operation]} {spot.pointer}", "", "", outcome))
        return found

    def _places(
        self, freedoms: Sequence[Kind], tried: Sequence[Trial], known: Met
    ) -> list[PlaceTrial]:
        """Run the command with what it does not survive at one place after the other."""
        lost = {each.name for each in tried if each.outcome is Outcome.NOT_SURVIVED}
        found: list[PlaceTrial] = []
        for freedom in freedoms:
            if not isinstance(freedom, Freedom) or freedom.name not in lost:
                continue
            for spot, variant in variants.alone(freedom, known.spots):
                if (ended := self._run_with(variant)) is not None:
                    outcome = _OF_FREEDOMS[ended.passed]
                    where = (freedom.name, spot.operation, spot.pointer)
                    found.append(PlaceTrial(*where, outcome))
        return found

    def _run_with(self, variant: Freedom) -> Ended | None:
        """Run the command with a variant if it changes a response to it, else return None."""
        return self._run_as(variant) if self.stub.foretell(variant).touched else None

    def _run_as(self, kind: Kind) -> Ended | None:
        """Run the command with a variant of the stub, None if it changes no response to it."""
        self.stub.become(kind)
        ended = self._run()
        return ended if self.stub.faulty.touched else None

    def _run_again(self, tried: Sequence[Trial | MemberTrial]) -> None:
        """Show that the command still passes, so that the freedoms are why it did not."""
        if not {Outcome.NOT_SURVIVED, Outcome.NEEDED} & {each.outcome for each in tried}:
            return
        self.stub.watch()
        ended = self._run()
        if not ended.passed:
            what = (
                "the command passed without any freedom at first, and fails without any now: "
                f"{ending_of(ended, self.timeout)}"
            )
            raise NotTestedError(what, Exit.NOT_JUDGED, ended.lines)

    def _tried(self, kind: Kind) -> Trial:
        trial = self._try(kind)
        if trial.outcome is not Outcome.NOT_TRIED:
            self.note(trial)
        return trial

    def _try(self, kind: Kind) -> Trial:
        because = kind.because if isinstance(kind, Freedom) else ", ".join(kind.requirements)
        trial = Trial(kind.name, kind.title, because)
        foretold = self.stub.foretell(kind)
        if not foretold.touched:
            return replace(trial, reason=_REFUSED if foretold.refused else _UNTOUCHED)
        ended = self._run_as(kind)
        if ended is None:
            return replace(trial, reason=_UNTOUCHED)
        outcomes = _OF_FREEDOMS if isinstance(kind, Freedom) else _OF_FAULTS
        return replace(
            trial,
            outcome=outcomes[ended.passed],
            reason="" if ended.passed else ending_of(ended, self.timeout),
            touched=self.stub.faulty.touched,
            exit_code=ended.code,
            seconds=round(ended.seconds, 3),
            lines=() if ended.passed else ended.lines,
        )

    def _run(self) -> Ended:
        environment = {**os.environ, self.variable: self.stub.url}
        ended = command.run(self.arguments, environment, self.timeout, MOST_LINES)
        shown = tuple(map(self._shown, ended.lines))
        return command.Ended(ended.code, ended.seconds, shown)

    def _shown(self, text: str) -> str:
        """Return a line of the command in which every character can be seen, without secrets."""
        text = _STYLE.sub("", text)
        return cut(line(without_logins(self._finder.replace(text, HIDDEN))), _LONGEST)


def ending_of(ended: Ended, timeout: float) -> str:
    """Return how a command ended, in words."""
    if ended.code is None:
        return f"it did not end within {timeout:g} s"
    return f"exit code {ended.code}" if ended.code >= 0 else f"signal {-ended.code} ended it"


def _conclusion(freedoms: Sequence[Trial]) -> tuple[Exit, str]:
    failed = sum(each.outcome is Outcome.NOT_SURVIVED for each in freedoms)
    tried = _number_tried(freedoms)
    if not tried:
        return Exit.NOT_JUDGED, "not judged: no freedom changes a response to the command"
    of = counted(tried, "freedom", "freedoms")
    if failed:
        return Exit.NOT_CONFORMING, f"not survived: {failed} of {of}"
    return Exit.CONFORMING, f"survived: {of}"


def _of_faults(faults: Sequence[Trial]) -> tuple[Exit, str]:
    noticed = sum(each.outcome is Outcome.NOTICED for each in faults)
    of = counted(_number_tried(faults), "fault", "faults")
    return Exit.CONFORMING, f"noticed: {noticed} of {of}"


def _number_tried(trials: Sequence[Trial]) -> int:
    return sum(each.outcome is not Outcome.NOT_TRIED for each in trials)

"""The run of a consumer's test: a command without a freedom, then with each of them."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ... import __version__
from ...conformance.rules.verdict import Exit
from ...mock.faults import Freedom
from ...spec.describing import counted
from ...spec.masking import HIDDEN, is_secret, without_logins
from ...spec.token_forms import Finder
from ...spec.visible import cut, line
from . import command
from .results import Outcome, Results, Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .command import Ended
    from .stub import ChangingStub, Kind

MOST_LINES = 40
"""The last lines of the command that are kept."""
_LONGEST = 500
_SHORTEST_SECRET = 6
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
    each result.
    """

    stub: ChangingStub
    arguments: Sequence[str]
    shown: Sequence[str]
    variable: str
    timeout: float
    note: Callable[[Trial], None]
    _finder: Finder = field(init=False)

    def __post_init__(self) -> None:
        secrets = [value for name, value in os.environ.items() if is_secret(name)]
        self._finder = Finder(value for value in secrets if len(value) >= _SHORTEST_SECRET)

    def run(self, freedoms: Sequence[Kind], faults: Sequence[Kind]) -> Results:
        """Run the command, and return the results; raise NotTestedError and CommandError."""
        began = time.monotonic()
        started = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._run_plainly()
        requests = self.stub.count
        tried = [self._tried(each) for each in freedoms]
        noticed = [self._tried(each) for each in faults]
        if any(each.lines or each.exit_code is not None for each in (*tried, *noticed)):
            self._run_again(tried)
        ending, conclusion = _conclusion(tried)
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
            freedoms=tuple(tried),
            faults=tuple(noticed),
        )

    def _run_plainly(self) -> None:
        self.stub.watch()
        ended = self._run()
        if not ended.passed:
            what = f"the command fails without any freedom: {ending_of(ended, self.timeout)}"
            raise NotTestedError(what, Exit.USAGE, ended.lines)
        if not self.stub.count:
            what = (
                f"the command sent no request to an operation of the contract at {self.stub.url}; "
                f"it finds the URL in the environment variable {self.variable}"
            )
            raise NotTestedError(what, Exit.NOT_JUDGED, ended.lines)

    def _run_again(self, tried: Sequence[Trial]) -> None:
        """Show that the command still passes, so that the freedoms are why it did not."""
        if all(each.outcome is not Outcome.NOT_SURVIVED for each in tried):
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
        self.note(trial)
        return trial

    def _try(self, kind: Kind) -> Trial:
        is_freedom = isinstance(kind, Freedom)
        because = kind.because if isinstance(kind, Freedom) else ", ".join(kind.requirements)
        about = {"name": kind.name, "does": kind.title, "because": because}
        foretold = self.stub.foretell(kind)
        if not foretold.touched:
            reason = _REFUSED if foretold.refused else _UNTOUCHED
            return Trial(**about, outcome=Outcome.NOT_TRIED, reason=reason)
        self.stub.become(kind)
        ended = self._run()
        touched = self.stub.faulty.touched
        if not touched:
            return Trial(**about, outcome=Outcome.NOT_TRIED, reason=_UNTOUCHED)
        passed, failed = Outcome.SURVIVED, Outcome.NOT_SURVIVED
        if not is_freedom:
            passed, failed = Outcome.NOT_NOTICED, Outcome.NOTICED
        return Trial(
            **about,
            outcome=passed if ended.passed else failed,
            reason="" if ended.passed else ending_of(ended, self.timeout),
            touched=touched,
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
        return cut(line(without_logins(self._finder.replace(text, HIDDEN))), _LONGEST)


def ending_of(ended: Ended, timeout: float) -> str:
    """Return how a command ended, in words."""
    if ended.code is None:
        return f"it did not end within {timeout:g} s"
    return f"exit code {ended.code}" if ended.code >= 0 else f"signal {-ended.code} ended it"


def _conclusion(freedoms: Sequence[Trial]) -> tuple[Exit, str]:
    failed = sum(each.outcome is Outcome.NOT_SURVIVED for each in freedoms)
    tried = sum(each.outcome is not Outcome.NOT_TRIED for each in freedoms)
    if not tried:
        return Exit.NOT_JUDGED, "not judged: no freedom changes a response to the command"
    of = counted(tried, "freedom", "freedoms")
    if failed:
        return Exit.NOT_CONFORMING, f"not survived: {failed} of {of}"
    return Exit.CONFORMING, f"survived: {of}"

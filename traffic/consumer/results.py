"""The results of a consumer's test, as a typed structure that consumer.json has."""

from __future__ import annotations

from enum import StrEnum

import msgspec
from msgspec import Struct

SCHEMA_VERSION = 1


class Outcome(StrEnum):
    """What came of a run of the command."""

    SURVIVED = "survived"
    NOT_SURVIVED = "not survived"
    NOTICED = "noticed"
    NOT_NOTICED = "not noticed"
    NOT_TRIED = "not tried"
    NEEDED = "needed"
    NOT_NEEDED = "not needed"


class Trial(Struct, frozen=True):
    """A run of the command with one freedom or fault, or with none.

    `because` says why the contract allows a freedom, or which requirements a fault breaks.
    `touched` is how many responses differed from those of the stub, `exit_code` is None if there
    was no run or it took too long, `lines` are the last lines of the command if it failed.
    """

    name: str
    does: str
    because: str
    outcome: Outcome = Outcome.NOT_TRIED
    reason: str = ""
    touched: int = 0
    exit_code: int | None = None
    seconds: float = 0.0
    lines: tuple[str, ...] = ()


class Requested(Struct, frozen=True):
    """An operation that the command requested, in the run without a freedom.

    `parameters` are those that it sent, `met` the freedoms and places that the stub showed.
    """

    operation: str
    label: str
    requests: int
    parameters: tuple[str, ...]
    statuses: tuple[int, ...]
    met: tuple[tuple[str, str], ...] = ()


class MemberTrial(Struct, frozen=True):
    """A run of the command without one member of the responses of an operation."""

    operation: str
    place: str
    outcome: Outcome
    optional: bool
    reason: str = ""


class PlaceTrial(Struct, frozen=True):
    """A run of the command with a freedom at one place alone."""

    freedom: str
    operation: str
    place: str
    outcome: Outcome


class Results(Struct, frozen=True, kw_only=True):
    """The results of all runs of a command.

    `requests` is how many the command sent to the stub without a freedom, `started` is in RFC 3339
    format, and times are in seconds. `about_faults` is a second conclusion, '' without one.
    The members from `operations` on are there if what the client needs was to be found out;
    `not_met` are the freedoms that were not to be tested and change no response to the command.
    """

    schema_version: int = SCHEMA_VERSION
    version: str
    command: tuple[str, ...]
    contract: str
    contract_sha256: str
    policies: tuple[str, ...]
    started: str
    seconds: float
    requests: int
    exit_code: int
    conclusion: str
    about_faults: str = ""
    freedoms: tuple[Trial, ...]
    faults: tuple[Trial, ...] = ()
    operations: tuple[Requested, ...] = ()
    members: tuple[MemberTrial, ...] = ()
    places: tuple[PlaceTrial, ...] = ()
    not_met: tuple[str, ...] = ()

    def json(self) -> str:
        """Return the results as JSON."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2).decode() + "\n"

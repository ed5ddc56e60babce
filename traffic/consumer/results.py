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


class Results(Struct, frozen=True, kw_only=True):
    """The results of all runs of a command.

    `requests` is how many the command sent to the stub without a freedom, `started` is in RFC 3339
    format, and times are in seconds. `about_faults` is a second conclusion, '' without one.
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

    def json(self) -> str:
        """Return the results as JSON."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2).decode() + "\n"

"""Usage files: what a client needs of a server, as its own tests show it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from ....spec.visible import cut, line
from .reports import ReportError, Tool, read_json

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA_VERSION = 1
_LONGEST = 200
_HINT = "`ruangkerja consumer --usage` writes such a file"


class Survival(StrEnum):
    """What is known of a client and a freedom."""

    SURVIVED = "survived"
    NOT_SURVIVED = "not survived"
    NOT_MET = "not met"
    """The freedom changes no response to the requests of its tests."""
    ACCEPTED = "accepted"
    """Its team left the freedom out of the test by name."""
    LEFT_OUT = "left out"
    """Only some freedoms were tested, and this is not one of them."""


class Place(Struct, frozen=True, order=True):
    """A place in the responses of an operation: a JSON pointer with * for every array element."""

    operation: str
    place: str


class UsedFreedom(Struct, frozen=True):
    """What came of the test with a freedom.

    `places` are those that the client does not survive the freedom at, each alone; empty if that
    depends on several, or is about no place. `met` are the places that showed it all the same when
    the tests passed. A network causes the freedom if it is `weather`.
    """

    name: str
    does: str
    survival: Survival
    reason: str = ""
    places: tuple[Place, ...] = ()
    met: tuple[Place, ...] = ()
    weather: bool = False


class UsedOperation(Struct, frozen=True):
    """An operation that the tests requested, with the parameters that they sent, and statuses."""

    operation: str
    label: str
    requests: int
    parameters: tuple[str, ...]
    statuses: tuple[int, ...]


class Member(Struct, frozen=True):
    """A member of the responses of an operation, left out of all of them.

    It is `needed` if the tests fail without it, and then `reason` says how. It is `optional` if the
    contract allows its absence.
    """

    operation: str
    place: str
    needed: bool
    optional: bool = False
    reason: str = ""


class UsedContract(Struct, frozen=True):
    """The contract that a client was tested with; the digest covers its policies, too."""

    title: str
    version: str
    sha256: str


class Usage(Struct, frozen=True, kw_only=True):
    """What a client needs. `untested` says why nothing is known of it, and is empty otherwise."""

    schema_version: int = SCHEMA_VERSION
    tool: Tool
    client: str
    contract: UsedContract
    policies: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    started: str = ""
    untested: str = ""
    operations: tuple[UsedOperation, ...] = ()
    freedoms: tuple[UsedFreedom, ...] = ()
    members: tuple[Member, ...] = ()

    def __post_init__(self) -> None:
        if self.schema_version != SCHEMA_VERSION:
            what = f"schema_version is {self.schema_version}"
            raise ValueError(f"{what}, and this version reads {SCHEMA_VERSION}")

    def json(self) -> str:
        """Return the text of the file."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2).decode() + "\n"


def load(path: Path) -> Usage:
    """Read a usage file; raise ReportError if it is none."""
    found = read_json(path, "a usage file", _HINT)
    try:
        return msgspec.convert(found, Usage)
    except ValueError as error:
        what = cut(line(str(error)), _LONGEST)
        raise ReportError(f"{path}: is not a usage file: {what}; {_HINT}") from None

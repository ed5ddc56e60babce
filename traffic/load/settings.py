"""What the processes of a load test have to know, in a file that only its user can read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ...conformance.evidence.walk import ListId  # noqa: TC001 - msgspec reads it
from ...spec import contract

if TYPE_CHECKING:
    from ...conformance.http.target import Target
    from ...spec.contract import Contract

VARIABLE = "RUANGKERJA_LOAD"
"""The environment variable with the path of the file."""


class LoadSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a load test; they are the same in each of its processes.

    `spec` and `policies` name the contract, None the built-in one. `lists` has values of path
    parameters by name, and `opened` the lists that each token opens, None for all. A server that is
    not on this machine has to be `mine`. `ca_file`, `cert` and `key` are files for TLS: of
    authorities, and of the client. `timeout` is in seconds; `results` is the file for what is
    found, None to report it in the process itself, in `report_dir`.
    """

    url: str
    tokens: tuple[str, ...]
    spec: str | None = None
    policies: tuple[str, ...] = ()
    lists: dict[str, tuple[str, ...]] = {}
    opened: tuple[tuple[ListId, ...], ...] | None = None
    timeout: float = 10.0
    seed: int = 0
    mine: bool = False
    ca_file: str | None = None
    cert: str | None = None
    key: str | None = None
    results: str | None = None
    report_dir: str | None = None

    def contract(self) -> Contract:
        """Read the contract."""
        return contract.load(None if self.spec is None else Path(self.spec), self.policies)

    def write(self, path: Path) -> None:
        """Write the settings to a new file, which only its owner can read."""
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(msgspec.json.encode(self))

    @classmethod
    def given(cls) -> LoadSettings | None:
        """Return the settings that the environment names, None if it names none."""
        path = os.environ.get(VARIABLE)
        return None if path is None else msgspec.json.decode(Path(path).read_bytes(), type=cls)


def refusal(target: Target, *, mine: bool) -> str:
    """Return why no load may be sent to a target, '' if it may."""
    if target.is_loopback or mine:
        return ""
    return (
        f"{target.url} is not on this machine. A load test can stop a server from working for "
        "others: send it only to a server of your own, and say so with --mine"
    )

"""The settings of a stub; nothing else changes its responses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Log(StrEnum):
    """How requests are logged."""

    TEXT = "text"
    JSON = "json"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Settings:
    """How the stub listens and responds.

    `spec` is the contract's file, None for the built-in contract, and `policies` are the names or
    the files of the policies that are applied to it; `fixtures` are folders with more scenarios;
    `tokens` replace the contract's example tokens; `allowed_hosts` are further names under which a
    browser may open the stub's own pages; `today` is the day on which the data ends, None for a
    fixed one; `latency` delays every response, in seconds; `remote_control` opens the control
    interface to other machines, and `control_origins` are the origins of pages that may use it;
    port 0 chooses a free port. `keep_alive` are the seconds that a connection may be idle, and 0
    closes it after each response; `grace` are the seconds that the command waits for requests in
    flight when a signal ends it. With `tls` it serves HTTPS, with a certificate that is made in
    `tls_folder`, None for the user's own; or with `tls_cert`, whose key is in `tls_key` or in the
    same file.
    """

    spec: Path | None = None
    policies: tuple[str | Path, ...] = ()
    host: str = "127.0.0.1"
    port: int = 0
    seed: int = 0
    today: date | None = None
    tokens: tuple[str, ...] = ()
    any_token: bool = False
    allowed_hosts: tuple[str, ...] = ()
    remote_control: bool = False
    control_origins: tuple[str, ...] = ()
    fixtures: tuple[Path, ...] = ()
    strict_headers: bool = False
    latency: float = 0.0
    log: Log = Log.OFF
    workers: int = 1
    keep_alive: float = 30.0
    grace: float = 5.0
    reload: bool = False
    tls: bool = False
    tls_folder: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None

    def __post_init__(self) -> None:
        """Raise TypeError for a day that is none; everything else is checked where it is used."""
        if self.today is not None and not isinstance(self.today, date):
            raise TypeError(f"today is {self.today!r}; expected a datetime.date or None")

"""What a stub is told when it starts; nothing else changes what it answers."""

from __future__ import annotations

from dataclasses import dataclass
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
    """How the stub listens and answers.

    `spec` is the contract's file, the built-in one where it is None; `fixtures` are folders of
    scenarios beside the built-in ones; `tokens` replace the example tokens of the contract;
    `latency` is added to every answer, in seconds; port 0 takes a free one.
    """

    spec: Path | None = None
    host: str = "127.0.0.1"
    port: int = 0
    seed: int = 0
    tokens: tuple[str, ...] = ()
    any_token: bool = False
    fixtures: tuple[Path, ...] = ()
    strict_headers: bool = False
    latency: float = 0.0
    log: Log = Log.OFF
    workers: int = 1
    reload: bool = False

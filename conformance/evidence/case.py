"""Cases: sequences of exchanges that a generator found, each judged by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .evidence import Evidence


@dataclass(frozen=True, slots=True)
class Case:
    """A sequence of exchanges that does not meet a requirement, as short as it could be made.

    `evidence` has these exchanges and no others. `again` tells whether the same requests, sent once
    more, showed it again.
    """

    requirement: str
    evidence: Evidence
    again: bool

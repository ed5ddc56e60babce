"""The evidence of a load test: the few exchanges that are kept of all that were judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ....conformance.evidence.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ....conformance.evidence.walk import Walk


@dataclass
class LoadEvidence(Evidence):
    """Exchanges of many users, while others may change the lists.

    `viewers` has the number of the token of each exchange, by the exchange's number.
    """

    viewers: Mapping[int, int] = field(default_factory=dict)

    @property
    def is_one_run(self) -> bool:
        """Whether nothing changes: others may change the lists during the run."""
        return False

    @property
    def walks(self) -> list[Walk]:  # type: ignore[override]
        """The walks through lists that certainly did not change meanwhile."""
        return []

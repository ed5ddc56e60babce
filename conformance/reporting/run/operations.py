"""The operations of a contract that a run sent, and why it left the others out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ....spec.describing import joined
from ....spec.visible import line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...evidence.evidence import Evidence

_MOST_NAMED = 3
"""Operations that a conclusion names; a note names all of them."""
_OF_ONE = re.compile(r"^which (\w+)s\b")


@dataclass(frozen=True, slots=True)
class Operations:
    """The operations of a contract, by their method and path.

    `left_out` says why some were not sent, and `unopened` why the responses to others cannot be
    judged; `total` is how many there are.
    """

    total: int
    left_out: Mapping[str, str]
    unopened: Mapping[str, str]

    @classmethod
    def of(cls, evidence: Evidence) -> Operations:
        """Return those of a run."""
        labels = {operation.id: operation.label for operation in evidence.contract.operations}
        left_out = {labels[id_]: why for id_, why in evidence.left_out.items()}
        unopened = {labels[id_]: why for id_, why in evidence.unopened.items()}
        return cls(len(labels), left_out, unopened)

    @property
    def sent(self) -> int:
        """How many operations were sent."""
        return self.total - len(self.left_out)

    def __str__(self) -> str:
        """Return in words how many were sent, and some of the others; '' if all were."""
        return self._said(_MOST_NAMED) if self.left_out else ""

    def notes(self) -> Iterator[str]:
        """Yield sentences that name every operation which was not sent, or not judged."""
        if len(self.left_out) > _MOST_NAMED:
            yield self._said(len(self.left_out))
        yield from (line(why) for why in self.unopened.values())

    def _said(self, most: int) -> str:
        by_reason: dict[str, list[str]] = {}
        for label, why in self.left_out.items():
            by_reason.setdefault(why, []).append(label)
        parts = []
        for why, labels in by_reason.items():
            named = labels[:most]
            if more := len(labels) - len(named):
                named.append(f"{more} more")
            reason = _OF_ONE.sub(r"which \1", why) if len(labels) > 1 else why
            parts.append(f"{joined(named, 'and')}, {reason}")
        left = "; ".join(parts)
        return f"{self.sent} of {self.total} operations sent; left out: {line(left)}"

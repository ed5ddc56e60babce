"""The result of `diff`: the changes between two contracts, and which of them are allowed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...spec.describing import counted
from ..changes.kinds import Effect

if TYPE_CHECKING:
    from ...spec.contract import Contract
    from ..changes.change import Change

_SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Comparison:
    """The changes from one contract to another."""

    old: Contract
    new: Contract
    changes: tuple[Change, ...]

    @property
    def counts(self) -> dict[Effect, int]:
        """The number of changes by effect."""
        found = Counter(change.effect for change in self.changes)
        return {effect: found[effect] for effect in Effect}

    @property
    def conclusion(self) -> str:
        """The result in a sentence."""
        if not self.changes:
            return "nothing changed"
        breaking, unknown, safe = self.counts.values()
        first = counted(breaking, "change is breaking", "changes are breaking")
        return f"{first}, {unknown} unknown, {safe} safe"

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as a JSON object."""
        return {
            "schema_version": _SCHEMA_VERSION,
            "old": _contract(self.old),
            "new": _contract(self.new),
            "summary": {
                "conclusion": self.conclusion,
                **{effect.value: count for effect, count in self.counts.items()},
            },
            "changes": [change.to_json() for change in self.changes],
        }


def _contract(contract: Contract) -> dict[str, Any]:
    return {
        "file": str(contract.path),
        "title": contract.title,
        "version": contract.version,
        "sha256": contract.digest,
        "policies": [policy.name for policy in contract.policies],
    }

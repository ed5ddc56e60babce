"""The result of `diff`: the changes between two contracts, and which of them are allowed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ....spec.describing import counted
from ..changes.change import TEXT, UNREAD
from ..changes.kinds import Effect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ....spec.contract import Contract
    from ..changes.change import Change

_SCHEMA_VERSION = 1
_COUNTED = {
    UNREAD: "in extensions that are not read, which --format json lists",
    TEXT: "in descriptions and examples, which --format json lists",
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """The changes from one contract to another."""

    old: Contract
    new: Contract
    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[Effect, int]:
        """The number of changes by effect, without those that are allowed."""
        found = Counter(change.effect for change in self.changes if not change.allowed)
        return {effect: found[effect] for effect in Effect}

    @property
    def allowed(self) -> int:
        """The number of changes that are allowed."""
        return sum(bool(change.allowed) for change in self.changes)

    @property
    def shown(self) -> list[Change]:
        """The changes that people read; the others are `counted`."""
        return [change for change in self.changes if not change.is_counted]

    def counted(self) -> Iterator[tuple[Effect, str]]:
        """Yield the effect and the number of the changes that are only counted."""
        for kind, words in _COUNTED.items():
            of_kind = [change for change in self.changes if change.kind == kind]
            if of_kind:
                yield of_kind[0].effect, f"{len(of_kind)} {words}"

    @property
    def worst(self) -> Effect:
        """The worst effect of a change that is not allowed."""
        return next((effect for effect, count in self.counts.items() if count), Effect.SAFE)

    @property
    def conclusion(self) -> str:
        """The result in a sentence."""
        if not self.changes:
            return "nothing changed"
        breaking, unknown, safe = self.counts.values()
        first = counted(breaking, "change is breaking", "changes are breaking")
        allowed = f", {self.allowed} allowed" if self.allowed else ""
        return f"{first}, {unknown} unknown, {safe} safe{allowed}"

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as a JSON object."""
        return {
            "schema_version": _SCHEMA_VERSION,
            "old": _contract(self.old),
            "new": _contract(self.new),
            "summary": {
                "conclusion": self.conclusion,
                **{effect.value: count for effect, count in self.counts.items()},
                "allowed": self.allowed,
            },
            "notes": list(self.notes),
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

"""The elements of the contract that are linked to each requirement."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ruangkerja.spec.conditions import Conditioned
from ruangkerja.spec.references import get
from ruangkerja.spec.source import join

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ruangkerja.spec.contract import Contract


@dataclass(frozen=True)
class Tie:
    """An element of the contract: its JSON pointer, and its condition or its law, if any."""

    pointer: str
    condition: str = ""
    law: Mapping[str, Any] | None = None


def ties(contract: Contract) -> Mapping[str, list[Tie]]:
    """Return the elements for each requirement id, in the order of the file."""
    found: defaultdict[str, list[Tie]] = defaultdict(list)
    for situated in Conditioned.under((), contract.document):
        place = situated.place[:-1]
        if isinstance(situated.ties, dict):
            for condition, requirement in situated.ties.items():
                found[requirement].append(Tie(join(place), condition))
        elif "x-validations" in place:
            found[situated.ties].append(Tie(join(place), law=get(contract.document, place)))
        else:
            found[situated.ties].append(Tie(join(place)))
    return found

"""The elements of the contract that are linked to each requirement."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ruangkerja.spec.register import Link
from ruangkerja.spec.source import get, join

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
    for link in Link.under((), contract.document):
        place = link.place[:-1]
        if isinstance(link.ids, dict):
            for condition, requirement in link.ids.items():
                found[requirement].append(Tie(join(place), condition))
        elif "x-validations" in place:
            found[link.ids].append(Tie(join(place), law=get(contract.document, place)))
        else:
            found[link.ids].append(Tie(join(place)))
    return found

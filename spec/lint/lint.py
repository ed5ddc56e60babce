"""All that is wrong with a contract that can be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..documents.pointers import join, objects
from ..visible import cut
from . import discriminators, laws, names, values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..contract import Contract
    from ..documents.pointers import Pointer
    from ..documents.problems import Problem

_LONGEST = 400
_TOO_ODD = (LookupError, ValueError, TypeError, AttributeError, RecursionError)


def findings(contract: Contract) -> list[Problem]:
    """Return the warnings of a contract, and what else is wrong with it, by file and line."""
    found = {**dict.fromkeys(contract.warnings)}
    for place, what in _found(contract):
        found[contract.source.problem(place, cut(" ".join(what.split()), _LONGEST))] = None
    return sorted(found, key=lambda problem: (problem.file, problem.line, problem.what))


def shown(problem: Problem) -> str:
    """Return FILE:LINE: JSON pointer: what is wrong."""
    hint = f". {problem.hint}" if problem.hint else ""
    pointer = f"{join(problem.place)}: " if problem.place else ""
    return f"{problem.file}:{problem.line}: {pointer}{problem.what}{hint}"


def _found(contract: Contract) -> Iterator[tuple[Pointer, str]]:
    checks = [
        names.unknown,
        *(check(contract) for check in (laws.checked, values.checked, discriminators.checked)),
    ]
    for place, element in objects(contract.document):
        for check in checks:
            try:
                yield from check(place, element)
            except _TOO_ODD:
                continue  # the element cannot be read, which a warning says

"""The page about the faults, by the requirement that they break."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from ruangkerja.mock.faults import CATALOGUE

from .markdown import code, heading, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ruangkerja.spec.register import Register

FaultsByRequirement: TypeAlias = Mapping[str, Sequence[str]]

INTRODUCTION = """\
{number} named violations of the contract. `ruangkerja selftest` runs the suite against every one of
them; its [kill matrix](../kill-matrix.md) shows that each is found by a requirement it breaks. To
test a page with one, request it from the stub:

```sh
curl -H 'Authorization: access_token' -H 'Prefer: fault=NAME' URL
```
"""


def by_requirement() -> FaultsByRequirement:
    """Return the names of the faults for each requirement; those whose first it is come first."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, fault in CATALOGUE.items():
        found[fault.requirement].append(name)
    for name, fault in CATALOGUE.items():
        for requirement in fault.requirements[1:]:
            found[requirement].append(name)
    return found


def about(requirement: str) -> list[str]:
    """Return the names of the faults whose first requirement this is."""
    return [name for name, fault in CATALOGUE.items() if fault.requirement == requirement]


def page(register: Register) -> str:
    """Return the page."""
    return "\n".join(_parts(register))


def _parts(register: Register) -> Iterator[str]:
    yield "# Faults\n"
    yield INTRODUCTION.format(number=len(CATALOGUE))
    for section in register.sections.values():
        mine = [each for each in register if each.section == section.id and about(each.id)]
        if mine:
            yield heading(2, section.title, section.id)
        for requirement in mine:
            yield heading(3, f"{requirement.id}: {requirement.title}", requirement.id)
            yield f"See [the requirement](requirements.md#{requirement.id}).\n"
            yield table(
                ("Fault", "What the server does", "Also breaks"),
                (_row(name) for name in about(requirement.id)),
            )


def _row(name: str) -> tuple[str, str, str]:
    fault = CATALOGUE[name]
    others = ", ".join(f"[{each}](requirements.md#{each})" for each in fault.requirements[1:])
    return f'<a id="{name}"></a>{code(name)}', fault.title, others

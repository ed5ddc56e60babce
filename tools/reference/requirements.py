"""The page about the requirements: statement, check, and the faults that prove the check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ruangkerja.spec.register import CheckedBy
from ruangkerja.spec.source import Source

from .markdown import block, code, heading, paragraphs, table
from .ties import Tie, ties

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ruangkerja.spec.contract import Contract
    from ruangkerja.spec.register import Requirement

    from .faults import FaultsByRequirement

INTRODUCTION = """\
The requirements that a server has to meet, generated from `spec/requirements.yaml`. Reports refer
to a requirement by its id, which is also its anchor on this page.

- **MUST**: stated by the documentation, or a consequence of it. If it fails, the server does not
  conform.
- **SHOULD**: only shown by examples in the documentation. If it fails, the run has a warning; with
  `--fail-on should`, the run fails.
- **INFO**: not specified by the documentation. The behavior is reported, but not judged.

A *schema* or a *law* in [the contract](contract.md) checks requirements that concern one response.
A *rule* in Python checks requirements that concern several.
"""


def page(contract: Contract, faults: FaultsByRequirement) -> str:
    """Return the page; `faults` has the names of the faults for each requirement."""
    return "\n".join(_parts(contract, faults))


def _parts(contract: Contract, faults: FaultsByRequirement) -> Iterator[str]:
    register = contract.register
    yield "# Requirements\n"
    yield INTRODUCTION
    yield table(
        ("Requirement", "Level", "Title"),
        ((f"[{each.id}](#{each.id})", each.level, each.title) for each in register),
    )
    tied = ties(contract)
    for section in register.sections.values():
        yield heading(2, section.title, section.id)
        yield f"In the documentation: {section.document}.\n"
        for each in register:
            if each.section == section.id:
                yield from _requirement(each, tied.get(each.id, ()), faults.get(each.id, ()))
    yield from _decisions(contract)


def _requirement(
    requirement: Requirement, tied: Sequence[Tie], faults: Sequence[str]
) -> Iterator[str]:
    yield heading(3, f"{requirement.id}: {requirement.title}", requirement.id)
    yield paragraphs(requirement.statement)
    decisions = ", ".join(f"[{each}](#{each})" for each in requirement.decisions)
    proof = ", ".join(f"[{code(each)}](faults.md#{each})" for each in faults)
    yield table(
        ("Level", f"**{requirement.level}**"),
        [
            row
            for row in (
                ("Documentation", requirement.document),
                ("Decisions", decisions),
                ("Check", f"{requirement.how} ({_by(requirement)})".strip()),
                ("Not checked, because", requirement.not_checked),
                ("In the contract", "<br>".join(map(_where, tied))),
                ("Faults that prove the check", proof),
            )
            if row[1] and not (row[0] == "Check" and requirement.checked_by is None)
        ],
    )
    for tie in tied:
        if tie.law is not None:
            yield block(_law(tie.law), "text")


def _by(requirement: Requirement) -> str:
    aspects = ", ".join(map(code, requirement.aspects))
    names = {CheckedBy.SCHEMA: "a schema", CheckedBy.LAW: "a law"}
    if requirement.checked_by is None:
        return ""
    return names.get(requirement.checked_by, f"{'rules' if ',' in aspects else 'rule'} {aspects}")


def _where(tie: Tie) -> str:
    condition = f", condition {code(tie.condition)}" if tie.condition else ""
    return code(tie.pointer) + condition


def _law(law: Mapping[str, str]) -> str:
    when = f"when {law['when']}\n" if "when" in law else ""
    return f"{when}{law['rule']}"


def _decisions(contract: Contract) -> Iterator[str]:
    yield heading(2, "Decisions", "decisions")
    yield "How this project interprets the documentation where it is incomplete or contradictory.\n"
    for entry in Source.read(contract.register.path).value.get("decisions", ()):
        yield heading(3, str(entry["id"]), str(entry["id"]))
        yield paragraphs(f"**{entry['document'].strip()}** {entry['decision'].strip()}")

"""The register: every requirement, how it is checked, and what proves that it is."""

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
What a server has to do to conform, made from `spec/requirements.yaml`. A report names a requirement
by its id; the id is the anchor on this page.

- **MUST**: the document says so, or it follows from what it says. A failure makes a server
  non-conforming.
- **SHOULD**: only the examples of the document show it. A failure is a warning, and fails the run
  with `--fail-on should`.
- **INFO**: the document leaves it open. It is observed and printed, never judged.

A requirement is checked by a *schema* or a *law* of [the contract](contract.md) where one exchange
can show it, and by a *rule* in Python where it takes several.
"""


def page(contract: Contract, faults: FaultsByRequirement) -> str:
    """Write the page; `faults` has the names of those that break each requirement."""
    return "\n".join(_parts(contract, faults))


def _parts(contract: Contract, faults: FaultsByRequirement) -> Iterator[str]:
    register = contract.register
    yield "# Requirements\n"
    yield INTRODUCTION
    yield table(
        ("Requirement", "Level", "What it says"),
        ((f"[{each.id}](#{each.id})", each.level, each.title) for each in register),
    )
    tied = ties(contract)
    for section in register.sections.values():
        yield heading(2, section.title, section.id)
        yield f"In the document: {section.document}.\n"
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
                ("Document", requirement.document),
                ("Decisions", decisions),
                ("How it is checked", f"{requirement.how} ({_by(requirement)})".strip()),
                ("Why it is not checked", requirement.not_checked),
                ("In the contract", "<br>".join(map(_where, tied))),
                ("Faults that prove it", proof),
            )
            if row[1] and not (row[0].startswith("How") and requirement.checked_by is None)
        ],
    )
    for tie in tied:
        if tie.law is not None:
            yield block(_law(tie.law), "text")


def _by(requirement: Requirement) -> str:
    names = {CheckedBy.SCHEMA: "a schema", CheckedBy.LAW: "a law", CheckedBy.RULE: "a rule"}
    return "" if requirement.checked_by is None else names[requirement.checked_by]


def _where(tie: Tie) -> str:
    condition = f", situation {code(tie.condition)}" if tie.condition else ""
    return code(tie.pointer) + condition


def _law(law: Mapping[str, str]) -> str:
    when = f"when {law['when']}\n" if "when" in law else ""
    return f"{when}{law['rule']}"


def _decisions(contract: Contract) -> Iterator[str]:
    yield heading(2, "Decisions", "decisions")
    yield "Where the document is silent or contradicts itself, this is how it is read.\n"
    for entry in Source.read(contract.register.path).value.get("decisions", ()):
        yield heading(3, str(entry["id"]), str(entry["id"]))
        yield paragraphs(f"**{entry['document'].strip()}** {entry['decision'].strip()}")

"""Scenario files of recorded lists: what the stub needs to respond like the server, and no more.

Personal data is replaced by pseudonyms. Members that the contract does not describe are left out,
since they could contain more of it. A row that violates the contract cannot be served, so the stub
generates one in its place.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...conformance.records import strict_json
from ...mock.data.times import now
from ...spec.schemas.members import row_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...conformance.privacy.pseudonymizer import Pseudonymizer
    from ...spec.contract import Contract
    from ...spec.schemas.schemas import Node, Schemas
    from ...spec.schemas.validation import Schema
    from .course_walk import CourseWalk

# Characters that may stand in JSON, but not in YAML.
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


@dataclass(slots=True)
class Scenario:
    """A scenario to be written; `rows` are keyed by their number in the list, from 0.

    `left_out` counts the rows that the stub has to generate, by reason, and `unknown` the members
    that the contract does not describe; even their names could be personal data, and are not kept.
    """

    parameter: str
    name: str
    total: int
    rows: dict[int, Any] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    unknown: int = 0

    def text(self) -> str:
        """Return the text of the file."""
        lines = [
            "# Recorded from a server. All people are pseudonyms; statuses, scores and dates",
            "# are as they were.",
            f"description: A list of {self.total} rows, recorded from a server.",
            "when:",
            f"  {self.parameter}: {_written(self.name)}",
            f"total: {self.total}",
        ]
        if self.rows:
            lines.append("items:")
        lines += [f"  {row}: {_written(item)}" for row, item in sorted(self.rows.items())]
        return "\n".join([*lines, ""])


def scenario_of(
    contract: Contract, walked: CourseWalk, pseudonymizer: Pseudonymizer, name: str
) -> Scenario:
    """Return the scenario of a list that was read; `name` is its name in the stub."""
    [parameter] = walked.caller.path
    scenario = Scenario(parameter, name, walked.total)
    pseudonymizer.learn(record.exchange for record in walked.pages)
    schema = _item_schema(contract, walked)
    keys: set[Any] = set()
    paging = walked.caller.operation.pagination
    for record in walked.pages:
        shown = pseudonymizer.exchange(record.exchange).response
        body = strict_json.read(shown.body if shown else b"").value
        items = paging.items_of(body) if paging else None
        for position, item in enumerate(items or ()):
            row = record.reading.first_row + position
            described = _Described(contract.schemas)
            kept = described.of(schema.root, item)
            scenario.unknown += described.unknown
            problems = [v.requirement or "SCHEMA" for v in schema.judge(kept, now()).violations]
            key = paging.key_of(kept) if paging else None
            if row >= walked.total or key in keys:
                problems.append("a row that should not be there")
            if problems:
                scenario.left_out.update(problems[:1])
                continue
            keys.add(key)
            scenario.rows[row] = kept
    return scenario


def notes(scenario: Scenario, walked: CourseWalk) -> Iterator[str]:
    """Yield notes about what a scenario leaves out of its list."""
    name = walked.caller.name
    read = min(walked.total, len(walked.pages) * walked.size)
    if read < walked.total:
        yield (
            f"{name} has {walked.total} rows; the first {read} are recorded, and the stub "
            "generates the others"
        )
    if scenario.left_out:
        why = ", ".join(f"{count} for {what}" for what, count in sorted(scenario.left_out.items()))
        yield (
            f"{name}: rows that violate the contract are not recorded, and the stub generates "
            f"them: {why}"
        )
    if scenario.unknown:
        yield f"{name}: {scenario.unknown} members that the contract does not describe are left out"


def _item_schema(contract: Contract, walked: CourseWalk) -> Schema:
    operation = walked.caller.operation
    row = row_of(operation, contract.schemas)
    if row is None:
        raise ValueError(f"{operation.id} has no schema for its rows")
    return contract.schemas.at(row.place)


@dataclass(slots=True)
class _Described:
    """Keeps the part of a value that a schema describes, and counts the `unknown` members."""

    schemas: Schemas
    unknown: int = 0

    def of(self, node: Node, value: Any) -> Any:
        """Return the described part of a value."""
        nodes = list(self.schemas.with_branches(node))
        if isinstance(value, dict):
            places = {name: place for each in nodes for name, place in each.members.items()}
            self.unknown += sum(name not in places for name in value)
            return {
                name: self.of(self.schemas.node(places[name]), value[name])
                for name in value
                if name in places
            }
        if isinstance(value, list):
            element = next((each.element for each in nodes if each.element is not None), None)
            if element is None:
                return []
            return [self.of(self.schemas.node(element), each) for each in value]
        return value


def _written(value: Any) -> str:
    """Return a value on one line, as JSON that is also YAML."""
    text = json.dumps(value, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)

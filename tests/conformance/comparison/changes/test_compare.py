from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.comparison.changes.compare import changes
from ruangkerja.spec import contract as contracts
from ruangkerja.spec.documents.writing import write

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.conformance.comparison.changes.change import Change
    from ruangkerja.spec.contract import Contract

TEXT = contracts.DEFAULT.read_text(encoding="utf-8")


def changed(tmp_path: Path, before: str, after: str) -> list[Change]:
    """Return the changes of the built-in contract with another text in it."""
    assert before in TEXT
    requirements = contracts.DEFAULT.with_name("requirements.yaml").read_text(encoding="utf-8")
    write(tmp_path / "requirements.yaml", requirements)
    write(tmp_path / "openapi.yaml", TEXT.replace(before, after, 1))
    return changes(contracts.load(), contracts.load(tmp_path / "openapi.yaml"))


@pytest.mark.parametrize(
    ("before", "after", "kind", "effect"),
    [
        ("        detail: /detail\n", "", "x-error-code.changed", "breaking"),
        ("NotFound: [404, 410]", "NotFound: [404]", "x-error-code.statuses", "unknown"),
        ("x-unknown: COURSE-NONE", "x-unknown: NO-COURSE", "x-unknown.changed", "safe"),
        ("value: application/json", "value: '*/*'", "x-required-headers.changed", "breaking"),
        ("version: 1.0.0", "version: 1.1.0", "text.changed", "safe"),
        ("- url: https://api.", "- url: https://new.", "server.removed", "unknown"),
        ("self.currentPage == req", "self.currentPage >= req", "law.changed", "unknown"),
    ],
)
def test_a_change_of_the_built_in_contract_is_found(
    tmp_path: Path, before: str, after: str, kind: str, effect: str
) -> None:
    found = changed(tmp_path, before, after)

    assert (kind, effect) in {(c.kind, c.effect) for c in found}
    line = TEXT[: TEXT.index(before)].count("\n") + 1
    assert any(abs(c.old.line - line) <= 6 for c in found if c.kind == kind)


def test_the_level_of_a_requirement_is_compared(tmp_path: Path) -> None:
    register = contracts.DEFAULT.with_name("requirements.yaml").read_text(encoding="utf-8")
    write(tmp_path / "openapi.yaml", TEXT)
    write(tmp_path / "requirements.yaml", register.replace("level: MUST", "level: SHOULD", 1))

    (change,) = changes(contracts.load(), contracts.load(tmp_path / "openapi.yaml"))

    assert (change.kind, change.effect) == ("requirement.level", "unknown")
    assert "is now SHOULD, no longer MUST" in change.message


def test_what_went_with_an_operation_is_no_change_of_its_own(contract: Contract) -> None:
    family = contracts.load(contracts.DEFAULT.parents[1] / "fixtures/contracts/family.yaml")

    kinds = {c.kind for c in changes(contract, family)} - {"text.changed"}

    assert kinds == {"operation.removed", "operation.added", "server.removed", "server.added"}

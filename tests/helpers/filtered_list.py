"""A copy of the built-in contract whose list can be filtered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ruangkerja.spec import contract, register

if TYPE_CHECKING:
    from pathlib import Path

STATUSES = ("not_started", "completed", "expired", "failed", "in_progress")
_AFTER = "        - $ref: '#/components/parameters/pageSize'\n"


def write(folder: Path, place: str = "/status") -> Path:
    """Write the contract and its register to a folder; `place` is what the filter selects by."""
    text = contract.DEFAULT.read_text(encoding="utf-8")
    assert text.count(_AFTER) == 1
    parameter = (
        "        - name: status\n"
        "          in: query\n"
        "          description: Only users with this status.\n"
        f"          schema: {{type: string, enum: [{', '.join(STATUSES)}]}}\n"
        "          example: completed\n"
        f"          x-filter: {place}\n"
    )
    path = folder / "openapi.yaml"
    path.write_text(text.replace(_AFTER, _AFTER + parameter), encoding="utf-8")
    (folder / register.DEFAULT.name).write_bytes(register.DEFAULT.read_bytes())
    return path

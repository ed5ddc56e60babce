"""The page of threats names tests that there are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def test_every_protection_that_is_promised_is_shown_by_a_test_that_there_is(root: Path) -> None:
    page = (root / "docs" / "threats.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    promised = [row for row in rows if not row.startswith("| Threat |")]
    assert len(promised) > 20
    for row in promised:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row)
        assert named, row
        for file, test in named:
            text = (root / file).read_text(encoding="utf-8")
            assert re.search(rf"^ *def {test}\(", text, flags=re.MULTILINE), f"{file}::{test}"

"""The second contract, whose endpoints differ in kind from those of the first one."""

from __future__ import annotations

from pathlib import Path

import pytest

from ruangkerja.spec import contract as contracts
from ruangkerja.spec.documents.problems import SourceError

PATH = Path(__file__).parents[2] / "fixtures" / "contracts" / "family.yaml"
TOKEN = "Bearer access_token"  # noqa: S105 - the example of the contract


def refused(folder: Path, old: str, new: str) -> tuple[SourceError, int]:
    """Return why the contract is refused with a text replaced, and the line of that text."""
    text = PATH.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path = folder / "family.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(SourceError) as error:
        contracts.load(path)
    return error.value, text[: text.index(old)].count("\n") + 1

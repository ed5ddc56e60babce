"""The modules of tools/corpus, which are scripts, and in no package."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

    Load = Callable[[str], ModuleType]


@pytest.fixture
def tool(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Load a module of tools/corpus by its name, as `python tools/corpus` does."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(root / "tools" / "corpus"))
    yield importlib.import_module
    for name in set(sys.modules) - before:
        found = sys.modules[name].__spec__
        if found is not None and "tools/corpus" in (found.origin or "").replace("\\", "/"):
            del sys.modules[name]

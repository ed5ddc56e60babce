"""The tools that make the documentation, as modules: they are scripts, and in no package."""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

    Load = Callable[[str], ModuleType]


@pytest.fixture(scope="session")
def tool(root: Path) -> Load:
    """Load a script of tools/ by its name."""

    def load(name: str) -> ModuleType:
        folder = root / "tools"
        spec = importlib.util.spec_from_file_location(f"tools_{name}", folder / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        # As for `python tools/NAME.py`: what stands beside a script is found.
        sys.path.insert(0, str(folder))
        try:
            spec.loader.exec_module(module)
        finally:
            sys.path.remove(str(folder))
        return module

    return load


@pytest.fixture(scope="session")
def pages(tool: Load) -> dict[str, str]:
    """The reference pages by the name of their file, as they are made now."""
    made: dict[str, str] = tool("docs").pages()
    return made

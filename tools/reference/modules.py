"""The map of the code: all modules, with the first paragraph of their docstrings."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from .markdown import code, heading, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

INTRODUCTION = """\
The first paragraph of each module's docstring. `CONTRIBUTING.md` has the short map.
"""


def page(root: Path, packages: Sequence[str]) -> str:
    """Return the page; `packages` are the names of all packages."""
    return "\n".join(_parts(root, packages))


def _parts(root: Path, packages: Sequence[str]) -> Iterator[str]:
    yield "# Map of the code\n"
    yield INTRODUCTION
    for package in packages:
        folder = root.joinpath(*package.split("."))
        if not folder.is_dir():
            folder = root.joinpath(*package.split(".")[1:])
        name = folder.relative_to(root).as_posix()
        yield heading(2, code(name), package.replace(".", "-"))
        about = _about(folder / "__init__.py")
        if about:
            yield f"{about}\n"
        yield table(
            ("Module", "About"),
            (
                (code(path.name), _about(path))
                for path in sorted(folder.glob("*.py"))
                if path.name != "__init__.py"
            ),
        )


def _about(path: Path) -> str:
    """Return the first paragraph of a module's docstring."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.partition("\n\n")[0]

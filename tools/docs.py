"""Make the reference pages of the documentation: docs/reference/, each from its source.

    python tools/docs.py

`tox run -e docs` does this and then builds the site. What is made is not kept in the repository,
so it cannot go stale.
"""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

from reference import commands, contract, faults, modules, report, requirements, scenarios

from ruangkerja.spec.contract import load

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference"
NOTE = "<!-- Made by tools/docs.py; an edit here is lost. -->\n\n"


def main() -> None:
    """Write every page anew."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    made = pages()
    for name, text in made.items():
        (FOLDER / name).write_text(NOTE + text, encoding="utf-8")
    print(f"made {len(made)} pages in {FOLDER.relative_to(ROOT)}")


def pages() -> dict[str, str]:
    """Give the pages by the name of their file."""
    built_in = load()
    return {
        "requirements.md": requirements.page(built_in, faults.by_requirement()),
        "contract.md": contract.page(built_in),
        "commands.md": commands.page(),
        "scenarios.md": scenarios.page(built_in),
        "faults.md": faults.page(built_in.register),
        "report.md": report.page(),
        "modules.md": modules.page(ROOT, packages()),
        "changelog.md": (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"),
    }


def packages() -> list[str]:
    """Give the names of the packages that are installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed: list[str] = project["tool"]["setuptools"]["packages"]
    return listed


if __name__ == "__main__":
    main()

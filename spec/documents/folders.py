"""The YAML and JSON files of a folder that a person works in: what is no file to read is skipped.

Editors and systems leave other things with such names: locks (`.#a.yaml`, a link that leads
nowhere), copies (`._a.yaml`). Opening a pipe would block for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..visible import line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ENDINGS = {".yaml", ".yml", ".json"}


def yaml_files(folder: Path) -> list[Path]:
    """Return the YAML and JSON files of a folder by name, [] if there is no folder."""
    return [path for path in _named(folder) if not _reason(path)]


def skipped(folder: Path) -> Iterator[str]:
    """Yield a sentence for each thing in a folder that `yaml_files` leaves out, with the reason."""
    for path in _named(folder):
        if reason := _reason(path):
            yield line(f"skipped: {path}: {reason}")


def _named(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix in _ENDINGS)


def _reason(path: Path) -> str:
    if path.name.startswith("."):
        return "its name begins with a dot"
    if path.is_file():
        return ""
    if path.is_symlink() and not path.exists():
        return "a link that leads nowhere"
    return "a folder" if path.is_dir() else "no regular file"

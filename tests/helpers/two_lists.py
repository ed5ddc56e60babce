"""A contract with a second list, made of the built-in one and a fragment of YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ruangkerja.spec.contract import DEFAULT, Contract, load
from ruangkerja.spec.documents.source import Source

FRAGMENT = Path(__file__).parent.parent / "data" / "second_list.yaml"


def write(path: Path) -> Path:
    """Write the contract to a file, and give its path."""
    document = _merged(Source.read(DEFAULT).value, Source.read(FRAGMENT).value)
    path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return path


def only_the_second(path: Path) -> Contract:
    """Write the contract without the built-in list to a file, and return it."""
    document = Source.read(write(path)).value
    document["paths"] = {
        name: item for name, item in document["paths"].items() if "teamCode" in name
    }
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return load(path)


def _merged(one: Any, other: Any) -> Any:
    if not isinstance(one, dict) or not isinstance(other, dict):
        return other
    return {
        **one,
        **{name: _merged(one[name], own) if name in one else own for name, own in other.items()},
    }

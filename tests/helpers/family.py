"""The second contract, whose endpoints differ in kind from those of the first one."""

from __future__ import annotations

from pathlib import Path

PATH = Path(__file__).parents[2] / "fixtures" / "contracts" / "family.yaml"
TOKEN = "Bearer access_token"  # noqa: S105 - the example of the contract

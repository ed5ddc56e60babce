"""What all tests share: the contract, and how Hypothesis draws."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from ruangkerja.spec import contract as contracts

if TYPE_CHECKING:
    from ruangkerja.spec.contract import Contract

# The same examples on every machine and in every run: a test that fails here fails for everybody.
# For new ones: pytest --hypothesis-profile=explore, which prints how to repeat what it finds.
settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.register_profile(
    "explore", max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the checkout."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def contract() -> Contract:
    """The built-in contract."""
    return contracts.load()

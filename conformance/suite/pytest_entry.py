"""The suite without the command: `pytest --pyargs ruangkerja.conformance --ruangkerja-url URL`.

pytest loads this module in every environment that has the package, so it does nothing unless a run
names the suite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

SUITE = "ruangkerja.conformance"


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: Sequence[str]
) -> None:
    """Add the options and the test cases of the suite if a run names it."""
    if "--pyargs" not in args or not any(argument.startswith(SUITE) for argument in args):
        return
    try:
        from .pytest_suite import Suite, add_options  # noqa: PLC0415 - no other run waits for it
    except ModuleNotFoundError as error:
        text = f"{SUITE} needs the extra check: pip install '.[check]' ({error})"
        raise pytest.UsageError(text) from None

    add_options(parser)
    early_config.pluginmanager.register(Suite(), "ruangkerja-run")

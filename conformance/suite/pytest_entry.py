"""The suite without the command: `pytest --pyargs ruangkerja.conformance --base-url URL`.

This module is what pytest loads of the package wherever it is installed, so it does nothing unless
the suite is asked for: its options would stand in the way of other plugins.
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
    """Add the options of the suite, where it is asked for, and the plugin that gathers evidence."""
    if "--pyargs" not in args or not any(argument.startswith(SUITE) for argument in args):
        return
    from .pytest_suite import Suite, add_options  # noqa: PLC0415 - nobody else is to wait for it

    add_options(parser)
    early_config.pluginmanager.register(Suite(), "ruangkerja-run")

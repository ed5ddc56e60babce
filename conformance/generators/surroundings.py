"""Hypothesis as the suite uses it: alike everywhere, and without a trace.

By itself it keeps a folder where it is started, draws otherwise under CI, and mixes in constants
that it finds in the modules of whoever started it: three ways in which one seed would not mean the
same requests on two machines.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

from hypothesis import HealthCheck, Phase, Verbosity, configuration, settings
from hypothesis.internal.conjecture import providers

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def alike_everywhere() -> Iterator[None]:
    """Let Hypothesis draw inside as it does anywhere else for the same seed."""
    # There is no setting for it. Where a release has changed this, a seed is less exact, no more.
    ours: dict[str, Any] = {
        "is_local_module_file": lambda _: False,
        "_seen_modules": set(),
        "_sys_modules_len": None,
        "_local_constants": providers.Constants() if hasattr(providers, "Constants") else None,
    }
    known: dict[str, Any] = {
        name: value for name, value in ours.items() if hasattr(providers, name)
    }
    cache = getattr(getattr(providers, "CONSTANTS_CACHE", None), "cache", {})
    with tempfile.TemporaryDirectory(prefix="ruangkerja-") as folder:
        configuration.set_hypothesis_home_dir(folder)
        cache.clear()
        try:
            with mock.patch.multiple(providers, **known):
                yield
        finally:
            cache.clear()
            configuration.set_hypothesis_home_dir(None)


def drawing(examples: int, *, steps: int = 50) -> settings:
    """Give the settings of one round: so many examples, each of so many steps at most."""
    return settings(
        settings.get_profile("default"),
        max_examples=examples,
        stateful_step_count=steps,
        database=None,
        deadline=None,
        derandomize=False,
        report_multiple_bugs=False,
        print_blob=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )

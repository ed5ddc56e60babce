"""Hypothesis, set up so that a seed gives the same requests everywhere, and no files are left.

By default it stores a folder in the current directory, draws differently under CI, and uses
constants of the modules that are loaded: the same seed would give different requests on two
machines.
"""

from __future__ import annotations

import gzip
import json
import tempfile
import unicodedata
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from hypothesis import HealthCheck, Phase, Verbosity, configuration, settings
from hypothesis.internal.conjecture import providers

if TYPE_CHECKING:
    from collections.abc import Iterator

# Where Hypothesis stores the first and the last of the characters that UTF-8 encodes, and those
# that are not decoded as they were.
_STORED = Path("unicode_data", unicodedata.unidata_version, "codec-v2-utf-8.json.gz")
_UTF_8 = [[(0, 0xD7FF), (0xE000, 0x10FFFF)], []]


@contextmanager
def alike_everywhere() -> Iterator[None]:
    """Inside, Hypothesis draws the same values for a seed on every machine."""
    # There is no setting for it. If a release changes this, the same seed may give other requests.
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
        _store_characters(Path(folder))
        cache.clear()
        try:
            with mock.patch.multiple(providers, **known):
                yield
        finally:
            cache.clear()
            configuration.set_hypothesis_home_dir(None)


def _store_characters(folder: Path) -> None:
    """Store what Hypothesis would need a second for in each process: it encodes all characters."""
    file = folder / _STORED
    file.parent.mkdir(parents=True)
    file.write_bytes(gzip.compress(json.dumps(_UTF_8).encode()))


def drawing(examples: int, *, steps: int = 50) -> settings:
    """Return the settings of one round: its examples, and the maximum of steps in each."""
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

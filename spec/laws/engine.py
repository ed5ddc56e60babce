"""The engine of CEL, imported without its command line."""

from __future__ import annotations

import sys
from types import ModuleType

# `import cel` imports its command line as well, and with it typer, rich and prompt_toolkit, which
# takes longer than everything else that a command of this package imports.
_STUB = ModuleType("cel.cli")
sys.modules.setdefault("cel.cli", _STUB)
import cel as cel  # noqa: E402, PLC0414 - after the stub; the catalogue of faults uses it, too

if sys.modules["cel.cli"] is _STUB:
    del sys.modules["cel.cli"]  # whoever wants it imports it

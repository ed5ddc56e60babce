"""The library that evaluates CEL, without its command line.

`import cel` imports that as well, and with it typer, rich and prompt_toolkit, which takes longer
than everything else that a command of this package imports.
"""

from __future__ import annotations

import sys
from types import ModuleType

_COMMAND_LINE = "cel.cli"
_STUB = ModuleType(_COMMAND_LINE)
sys.modules.setdefault(_COMMAND_LINE, _STUB)
import cel  # noqa: E402 - the stub has to be there before

if sys.modules[_COMMAND_LINE] is _STUB:
    del sys.modules[_COMMAND_LINE]  # whoever wants it imports it

__all__ = ["cel"]

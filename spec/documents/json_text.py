"""JSON texts as RFC 8259 has them: without the NaN and Infinity that Python reads as well."""

from __future__ import annotations

import json
from typing import Any


def read(text: str | bytes) -> Any:
    """Return the value of a JSON text; raise ValueError, or RecursionError if it is too deep."""
    return json.loads(text, parse_constant=_no_constant)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")

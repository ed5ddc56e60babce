"""Writing: JSON as the stub sends it."""

from __future__ import annotations

import json
from typing import Any


def dumps(value: Any) -> bytes:
    """Write a value without spaces, every letter as itself, in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

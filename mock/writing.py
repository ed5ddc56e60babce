"""JSON as the stub sends it."""

from __future__ import annotations

import json
from typing import Any

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def dumps(value: Any) -> bytes:
    """Return a value as UTF-8, without spaces and without escapes that JSON does not need."""
    return _encode(value).encode()

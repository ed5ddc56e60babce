"""Bytes in JSON: as text if they are UTF-8, so that people can read them, otherwise in base64."""

from __future__ import annotations

import base64
from typing import TypeAlias

Data: TypeAlias = dict[str, str]
"""Bytes, as `text` or as `base64`."""


def data_of(data: bytes) -> Data:
    """Return bytes for JSON."""
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode("ascii")}


def bytes_of(data: Data) -> bytes:
    """Return the bytes; raise ValueError if there are none."""
    if "text" in data:
        return data["text"].encode()
    return base64.b64decode(data.get("base64", "?"), validate=True)

"""Masks for secrets, in everything that is logged, shown or recorded.

`is_secret` is the one list of the names of headers and parameters whose values nobody sees.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "RUANGKERJA_TOKEN"
"""The shell variable that commands in reports and in the console read the token from."""
MASK = f"${VARIABLE}"
"""What replaces a credential of the contract."""
HIDDEN = "***"
"""What replaces another secret."""

_SECRET_WITHIN = re.compile(
    r"token|secret|passw|passphrase|pwd|credential|session|csrf|xsrf|signature|cookie|authorization"
    r"|(?:api|access|private)[-_]?key",
    re.IGNORECASE,
)
_SECRET_WHOLE = re.compile(r"auth|code|jwt|key|pass|pin|sid|sig", re.IGNORECASE)


@lru_cache(maxsize=256)
def is_secret(name: str) -> bool:
    """Whether a header or a parameter of this name, decoded, carries a secret."""
    return bool(_SECRET_WITHIN.search(name) or _SECRET_WHOLE.fullmatch(name))


def without_secrets(query: str, masks: Mapping[str, str | None]) -> str:
    """Return a query without secrets.

    `masks` has the parameters that the contract names, each with what replaces its value, None if
    the value is shown.
    """
    return "&".join(_masked(pair, masks) for pair in query.split("&"))


def _masked(pair: str, masks: Mapping[str, str | None]) -> str:
    name, sign, value = pair.partition("=")
    plain = unquote_plus(name)
    mask = masks[plain] if plain in masks else HIDDEN if is_secret(plain) else None
    return pair if mask is None or not value else f"{name}{sign}{mask}"

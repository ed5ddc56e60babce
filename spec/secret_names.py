"""The names of headers and parameters that carry a secret, whoever's it is.

The one list of them: logs, the console, recordings and the proxy hide what these names stand for.
"""

from __future__ import annotations

import re
from functools import lru_cache

_WITHIN = re.compile(
    r"token|secret|passw|passphrase|pwd|credential|session|csrf|xsrf|signature|cookie|authorization"
    r"|(?:api|access|private)[-_]?key",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"auth|code|jwt|key|pass|pin|sid|sig", re.IGNORECASE)


@lru_cache(maxsize=256)
def is_secret(name: str) -> bool:
    """Whether a header or a parameter of this name, decoded, carries a secret."""
    return bool(_WITHIN.search(name) or _WHOLE.fullmatch(name))

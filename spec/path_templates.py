"""Path templates: paths with the names of parameters in braces."""

from __future__ import annotations

import re
from urllib.parse import quote

_NAME = re.compile(r"\{([^{}]+)\}")
# What else a path may have as it is (RFC 3986, section 3.3); % begins what is escaped already.
_IN_PATHS = "/%:@!$&'()*+,;="


def names(path: str) -> list[str]:
    """Return the names of the parameters in a path, in order."""
    return _NAME.findall(path)


def parts(path: str) -> list[str]:
    """Return the texts before, between and after the parameters, and between them their names."""
    return _NAME.split(path)


def nameless(path: str) -> str:
    """Return a path without the names, which is equal for paths that differ only in these."""
    return "{}".join(parts(path)[::2])


def escaped(text: str) -> str:
    """Return a part of a path as requests have it, with other characters percent-encoded."""
    return quote(text, safe=_IN_PATHS)

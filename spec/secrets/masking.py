"""Masks for secrets, in everything that is logged, shown or recorded.

`is_secret` is the one list of the names of headers and parameters whose values nobody sees.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from .searching import searcher

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

VARIABLE = "RUANGKERJA_TOKEN"
"""The shell variable that commands in reports and in the console read the token from."""
MASK = f"${VARIABLE}"
"""What replaces a credential of the contract."""
HIDDEN = "***"
"""What replaces another secret."""

# What tells that a text may name a secret.
_HINTS = (
    *("token", "secret", "passw", "passphrase", "pwd", "credential", "session", "sessid", "csrf"),
    *("xsrf", "signature", "cookie", "authorization", "assertion", "saml"),
)
_HINTS_AT_END = ("auth", "code", "jwt", "key", "otp", "pass", "pin", "sid", "sig", "ticket")
_WITHIN = rf"(?:{'|'.join(_HINTS)}|(?:api|access|private|client)[-_]?key)"
_WHOLE = rf"(?:x[-_])?(?:{'|'.join(_HINTS_AT_END)})"
_SECRET = re.compile(
    rf"(?!access-control-|allow-)(?:.*{_WITHIN}.*|{_WHOLE})", re.IGNORECASE | re.DOTALL
)
_may_name_secrets = searcher(rf"{_WITHIN}|(?:{'|'.join(_HINTS_AT_END)})[=\"\\]")
_LONGEST_NAME = 200
_NAME = r"(?P<name>[^\"\\]{1,64})"
_COLON = r"\s{0,8}:\s{0,8}"
_PLACES = (
    re.compile(rf'(?P<before>"{_NAME}"{_COLON}")(?P<value>(?:[^"\\]|\\.)+)', re.DOTALL),
    re.compile(rf'(?P<before>"{_NAME}"{_COLON}-?)(?P<digits>[0-9]+)'),
    # A member of a JSON text within a string of another.
    re.compile(rf'(?P<before>\\"{_NAME}\\"{_COLON}\\")(?P<value>(?:(?!\\").)+)', re.DOTALL),
    re.compile(
        r"(?P<before>[?&](?:amp;)?(?P<name>[^\s?&=<>\"']{1,64})=)(?P<value>[^\s&<>\"'#\\]+)"
    ),
    re.compile(
        r"(?P<before>^(?P<name>(?:proxy-)?authorization|(?:set-)?cookie):[ \t]+)"
        r"(?P<value>[^\r\n]+)",
        re.IGNORECASE | re.MULTILINE,
    ),
)
"""Where a text shows a secret: members of JSON, parameters of addresses, headers."""
_LOGIN = re.compile(r"(?<=//)[^/@\s]+(?=@)")


def is_secret(name: str) -> bool:
    """Whether a header, a parameter or a member of this name, decoded, carries a secret.

    A name that is longer than any is taken for one: to search it would take time.
    """
    return len(name) > _LONGEST_NAME or _is_secret(name)


@lru_cache(maxsize=256)
def _is_secret(name: str) -> bool:
    return _SECRET.fullmatch(name) is not None


def hidden(value: str) -> str:
    """Return what replaces a secret: the mask of the credential in it, if there is one."""
    return MASK if MASK in value else HIDDEN


def without_named_secrets(text: str, shown: Container[str]) -> str:
    """Return a text without the secrets that members, parameters and headers in it have.

    Those of the names that are `shown` keep their values. JSON stays JSON.
    """
    if not _may_name_secrets(text.lower()):
        return text

    def masked(found: re.Match[str]) -> str:
        name = unquote_plus(found["name"])
        if name in shown or not is_secret(name):
            return found[0]
        digits = found.groupdict().get("digits")
        return found["before"] + ("9" * len(digits) if digits else hidden(found["value"]))

    for place in _PLACES:
        text = place.sub(masked, text)
    return text


def without_logins(text: str) -> str:
    """Return a text in which the users and passwords of URLs are hidden."""
    return _LOGIN.sub(HIDDEN, text)


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

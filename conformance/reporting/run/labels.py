"""Labels: what a team says about a run, such as its build, in the head of every report."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ....spec.secrets.masking import HIDDEN, is_secret, without_logins
from ....spec.visible import line
from ...privacy.redaction import Redaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LONGEST = 200
"""The maximum number of characters of a value."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,49}", re.ASCII)


class LabelError(ValueError):
    """A label that cannot be used; the message says why and what to do."""


def parse(texts: Iterable[str]) -> dict[str, str]:
    """Return labels by name from texts NAME=VALUE; raise LabelError for a mistake."""
    found: dict[str, str] = {}
    for text in texts:
        name, sign, value = (part.strip() for part in text.partition("="))
        if not sign or not _NAME.fullmatch(name):
            what = "use NAME=VALUE, with a name of letters, digits, '_', '.' and '-'"
            raise LabelError(f"{text.partition('=')[0]!r}: {what}")
        if name in found:
            raise LabelError(f"{name} is given twice; use each name once")
        if not value:
            raise LabelError(f"{name} is empty; write a value after '='")
        if len(value) > LONGEST:
            raise LabelError(f"{name} has {len(value)} characters; use at most {LONGEST}")
        found[name] = value
    return found


def published(labels: Mapping[str, str], token: str) -> dict[str, str]:
    """Return labels as reports show them: in one line each, and without secrets."""
    redaction = Redaction((token,))
    return {
        name: HIDDEN if is_secret(name) else line(without_logins(redaction.text(value)))
        for name, value in labels.items()
    }


def words(labels: Mapping[str, str]) -> str:
    """Return labels as one line of text: 'build=41, environment=staging'."""
    return ", ".join(f"{name}={value}" for name, value in labels.items())

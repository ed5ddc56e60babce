"""The details of an error of the tool, in a file that can be passed on: without secrets."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import sys
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from .. import __version__
from ..spec.secrets.masking import HIDDEN, is_secret, without_logins
from ..spec.secrets.token_forms import Finder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SHORTEST = 6
"""The minimum length of a value that is looked for in texts; a shorter one may be a word."""
_MASKED = re.compile(r"--(header|basic|.*token.*|.*key.*|.*password.*)", re.IGNORECASE)


def details_of(
    errors: Iterable[BaseException], arguments: Sequence[str], secrets: Iterable[str]
) -> str:
    """Return what is needed to find the reason of errors."""
    shown, hidden = masked(arguments)
    given = {*secrets, *hidden}
    known = given.union(value for name, value in os.environ.items() if is_secret(name))
    text = "\n".join(
        [
            f"ruangkerja {__version__}, Python {platform.python_version()}, {platform.platform()}",
            f"Arguments: {' '.join(shown)}",
            f"Encoding: {sys.getfilesystemencoding()}",
            "",
            *(text for error in errors for text in traceback.format_exception(error)),
        ]
    )
    for secret in sorted(known, key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, HIDDEN)
    return without_logins(Finder(given).replace(text, HIDDEN))


def masked(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return arguments with masks in place of secrets, and what the masks replace."""
    shown: list[str] = []
    hidden: list[str] = []
    is_value = False
    for argument in arguments:
        name, sign, value = argument.partition("=")
        masks = _MASKED.fullmatch(name) is not None
        if is_value and not argument.startswith("--"):
            shown.append(HIDDEN)
            hidden += [argument, *([value] if sign else [])]
        elif masks and sign:
            shown.append(f"{name}={HIDDEN}")
            hidden += [value, value.partition("=")[2]]
        else:
            shown.append(argument)
        is_value = masks and not sign
    return shown, hidden


def write_details(text: str, folder: Path | None) -> Path | None:
    """Write the details to the folder, or else to the folder for temporary files, if possible."""
    from ..spec.documents.writing import write

    with contextlib.suppress(OSError):
        if folder is not None:
            from ..conformance.reporting.formats.folder import DETAILS

            write(folder / DETAILS, text, private=True)
            return folder / DETAILS
    with contextlib.suppress(OSError):
        with tempfile.NamedTemporaryFile(
            "w",
            encoding="utf-8",
            errors="backslashreplace",
            prefix="ruangkerja-error-",
            suffix=".txt",
            delete=False,
        ) as file:
            file.write(text)
        return Path(file.name)
    return None

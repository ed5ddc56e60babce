"""Extras: packages that only some of the commands need, and that may not be installed."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_OF_EXTRA = re.compile(r"([A-Za-z0-9_.-]+).*; extra == [\"']([a-z]+)[\"']")


def extra_of(error: Exception) -> str | None:
    """Return the extra that the missing module of an error is part of, None if it is part of none.

    A module has the name of its package, but for upper case.
    """
    if not isinstance(error, ModuleNotFoundError):
        return None
    # Imported here: a module is seldom missing, and this one reads e-mail.
    from importlib import metadata  # noqa: PLC0415

    missing = (error.name or "").partition(".")[0]
    try:
        requirements = metadata.requires("ruangkerja") or ()
    except metadata.PackageNotFoundError:  # a checkout that is not installed
        return None
    found = map(_OF_EXTRA.fullmatch, requirements)
    return next((each[2] for each in found if each and each[1].lower() == missing), None)


@contextmanager
def without_extras() -> Iterator[None]:
    """Leave out what needs a package of an extra that is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        if extra_of(error) is None:
            raise


def advice(extra: str) -> str:
    """Return what to do if packages of an extra are missing."""
    install = f"pip install '.[{extra}]'"
    return f"packages of the extra {extra} are missing; in the repository, run {install}"

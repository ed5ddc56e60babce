"""From what a person typed to an order: every mistake is one clear line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from ...spec.contract import Contract

VARIABLE = "RUANGKERJA_TOKEN"


class UsageError(ValueError):
    """Something that was asked for cannot be done; the message says what would be right."""


def token_from(option: str | None, file: Path | None, environment: Mapping[str, str]) -> str | None:
    """Find the token: the option, else the file, else the environment; None where there is none.

    Raises UsageError for a file that cannot be read and for a token that no header can carry. The
    message never repeats the token.
    """
    token, source = option, "--token"
    if token is None and file is not None:
        source = f"--token-file {file}"
        try:
            token = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
            raise UsageError(f"{source} cannot be read: {why}") from None
    if token is None:
        source = VARIABLE
        token = environment.get(VARIABLE) or None
    if token is None:
        return None
    if not token:
        raise UsageError(
            f"the token of {source} is empty; give the one the Authentication API gave"
        )
    if not all("!" <= letter <= "~" or letter == " " for letter in token) or token != token.strip():
        raise UsageError(
            f"the token of {source} holds characters that no header can carry; give it as one line "
            "of printable ASCII without spaces around it"
        )
    return token


def require_token(token: str | None, *, needed: bool) -> None:
    """Raise UsageError where a token is needed and there is none."""
    if needed and token is None:
        raise UsageError(
            f"a server needs a token: give --token, --token-file or the variable {VARIABLE}"
        )


def course_parameter(contract: Contract) -> str | None:
    """Give the path parameter whose values --course has: the first one of the contract."""
    for operation in contract.operations:
        for parameter in operation.located("path"):
            return parameter.name
    return None


def lists_from(
    contract: Contract, courses: Iterable[str], others: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """Give the values of path parameters by name; `others` are texts NAME=VALUE.

    Raises UsageError where a name is no path parameter of the contract, or a value is empty.
    """
    lists: dict[str, list[str]] = {}
    first = course_parameter(contract)
    for course in courses:
        if first is None:
            raise UsageError("--course: no operation of the contract has a parameter in its path")
        lists.setdefault(first, []).append(course)
    names = {p.name for op in contract.operations for p in op.located("path")}
    for text in others:
        name, sign, value = text.partition("=")
        if not sign or name not in names:
            known = ", ".join(sorted(names)) or "none"
            raise UsageError(f"--path {text!r}: write NAME=VALUE with a path parameter: {known}")
        lists.setdefault(name, []).append(value)
    for name, values in lists.items():
        if not all(values):
            raise UsageError(f"the value of {name} is empty; give a serial that has users")
    return {name: tuple(dict.fromkeys(values)) for name, values in lists.items()}

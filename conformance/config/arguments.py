"""The values of options and arguments, checked. Every mistake is one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click import UsageError

from ...spec.secrets.masking import VARIABLE
from ...spec.visible import encodable
from ..evidence.expectation import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from ...spec.contract import Contract
    from ..evidence.expectation import Expectation

_NOT_IN_CI = {"", "0", "false"}


def is_stub(
    url: str | None,
    environment: Mapping[str, str],
    *,
    asked: bool,
    given: Iterable[str] = (),
    option: str = "--stub",
) -> bool:
    """Return whether the built-in stub is to be checked, and not the server at `url`.

    `asked` is whether `option` is given; `given` are the other options that describe a server.
    Raises UsageError if a URL seems to be missing: if it is empty, with such an option, with a
    token in the environment, and in CI, only `option` selects the stub.
    """
    if url:
        if asked:
            raise UsageError(f"{option} checks the built-in stub, not a URL; remove one of the two")
        return False
    signs = ["the URL is empty"] if url is not None else []
    signs += [f"a URL is required, because {name} is given" for name in given]
    if environment.get(VARIABLE):
        signs.append(f"a URL is required, because {VARIABLE} is set")
    if environment.get("CI", "").lower() not in _NOT_IN_CI:
        signs.append("in CI, the server has to be named")
    if signs and not asked:
        raise UsageError(
            f"{signs[0]}; pass the URL of the server to check, or {option} to check the built-in "
            "stub"
        )
    return True


def token_from(option: str | None, file: Path | None, environment: Mapping[str, str]) -> str | None:
    """Return the token from the option, the file or the environment, in this order, or None.

    Raises UsageError for an unreadable file or a token that is not valid in a header. The message
    never contains the token.
    """
    if option is not None:
        return valid_token(option, "--token")
    if file is not None:
        return read_token(file)
    token = environment.get(VARIABLE) or None
    return None if token is None else valid_token(token, VARIABLE)


def read_token(file: Path) -> str:
    """Return the token in a file. Raises UsageError."""
    source = f"--token-file {file}"
    try:
        return valid_token(file.read_text(encoding="utf-8").strip(), source)
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"{source} cannot be read: {why}") from None


def valid_token(token: str, source: str) -> str:
    """Return a token; raise UsageError, with its source, if it is not valid in a header."""
    if not token:
        raise UsageError(f"the token of {source} is empty; give a valid token of the API")
    if not all("!" <= letter <= "~" or letter == " " for letter in token) or token != token.strip():
        raise UsageError(
            f"the token of {source} has characters that are not valid in a header; use one line of "
            "printable ASCII without spaces around it"
        )
    return token


def expectations_from(
    file: Path | None, contract: Contract, environment: Mapping[str, str], token: str | None
) -> tuple[tuple[Expectation, ...], dict[str, str]]:
    """Return the expectations in a file, and the other tokens that they name, by variable.

    Raises SourceError for a mistake in the file, and UsageError for an environment variable without
    a valid token, or with `token`, that of the run.
    """
    expectations = () if file is None else load(file, contract)
    found: dict[str, str] = {}
    for each in expectations:
        if each.is_about_another_token:
            variable = str(each.value)
            if variable not in environment:
                raise UsageError(f"{each.place}: the environment variable {variable} is not set")
            found[variable] = valid_token(environment[variable], variable)
            if found[variable] == token:
                raise UsageError(f"{each.place}: {variable} has the token of the run itself")
    return expectations, found


def require_token(token: str | None, contract: Contract) -> None:
    """Raise UsageError if a token is missing, unless no operation of the contract takes one."""
    if token is None and contract.schemes:
        raise UsageError(
            f"a token is required; use --token-file, --token-command or the variable {VARIABLE}"
        )


def course_parameter(contract: Contract) -> str | None:
    """Return the name of the path parameter for --course: the first one in the contract."""
    return next((p.name for op in contract.operations for p in op.located("path")), None)


def lists_from(
    contract: Contract, courses: Iterable[str], others: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """Return the values of path parameters by name; `others` are texts NAME=VALUE.

    Raises UsageError if a name is not a path parameter of the contract, or a value is empty.
    """
    lists: dict[str, list[str]] = {}
    first = course_parameter(contract)
    for course in courses:
        if first is None:
            raise UsageError("--course: no operation of the contract has a path parameter")
        lists.setdefault(first, []).append(course)
    names = {p.name for op in contract.operations for p in op.located("path")}
    for text in others:
        name, sign, value = text.partition("=")
        if not sign or name not in names:
            known = ", ".join(sorted(names)) or "none"
            raise UsageError(f"--path {text!r}: use NAME=VALUE with a path parameter: {known}")
        lists.setdefault(name, []).append(value)
    for name, values in lists.items():
        if not all(values):
            raise UsageError(f"the value of {name} is empty; use a value that exists")
        if any(encodable(value) != value for value in values):
            raise UsageError(f"the value of {name} is not UTF-8; check the encoding of the shell")
    return {name: tuple(dict.fromkeys(values)) for name, values in lists.items()}

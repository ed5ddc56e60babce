"""Options that several commands share, and the functions that turn their values into objects.

An invalid value ends the command with one message and exit code 2.
"""

from __future__ import annotations

import functools
import inspect
import os
import re
from collections.abc import Callable
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click
from click.core import ParameterSource

from . import ending
from .ending import EndedError, Ending

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from ..conformance.evidence.expectation import Expectation
    from ..conformance.http.target import Target
    from ..conformance.requests.sending.current_token import TokenSource
    from ..spec.contract import Contract

Command: TypeAlias = Callable[..., None]
Decorator: TypeAlias = Callable[[Command], Command]

USAGE, NOT_JUDGED = ending.USAGE, ending.NOT_JUDGED
_MOST_CHECKED, _MOST_WARNINGS = 200, 20

_FIRST_YEAR = 1970
"""The year of the earliest day that data can end on."""


def host_name(value: str) -> str:
    """Return the name of a host; raise BadParameter for anything else, such as a URL."""
    # Never quoted: what stands here by mistake may be a secret.
    if not re.fullmatch(r"\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", value):
        raise click.BadParameter("expected a name without a port and a path: stub.example.com")
    return value


def day(value: object) -> date:
    """Return the day that a text means, `today` for the calendar's; raise BadParameter if none."""
    from datetime import date

    from ..mock.data.times import calendar_day

    if value == "today":
        return calendar_day()
    found: date | None = None
    with suppress(ValueError):
        found = date.fromisoformat(str(value))
    if found is None or str(found) != value:  # there are other forms of ISO 8601
        raise click.BadParameter(f"{value!r} is no day; expected YYYY-MM-DD or today")
    if found.year < _FIRST_YEAR:
        raise click.BadParameter(f"{value!r} is too early; expected {_FIRST_YEAR}-01-01 or later")
    return found


def origin(value: str) -> str:
    """Return the origin of a page as browsers send it; raise BadParameter for anything else."""
    if not re.fullmatch(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?", value):
        raise click.BadParameter(
            "expected a scheme and a host in small letters, with the port if "
            "it has one, and no path: http://localhost:5173"
        )
    return value


class _File(click.Path):
    """The path of a file on this machine."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path; raise BadParameter for a URL, which is never quoted."""
        if isinstance(value, str) and re.match("https?://", value):
            self.fail("it is a URL; save it as a file first, as with curl -O URL", param, ctx)
        return super().convert(value, param, ctx)


class _Report(_File):
    """The path of a report.json, which its folder stands for as well."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path of the file."""
        path = super().convert(value, param, ctx)
        return path / "report.json" if path.is_dir() else path


class Integer(click.IntRange):
    """An integer within bounds."""

    name = "integer"


class Number(click.FloatRange):
    """A number within bounds."""

    name = "number"


FILE = _File(path_type=Path, dir_okay=False)
REPORT = _Report(path_type=Path)
FOLDER = click.Path(path_type=Path, file_okay=False)
SOME = Number(min=0, min_open=True)

# Options that describe a server, so that somebody who gives one means a URL.
OF_A_SERVER = {
    *("token", "token_file", "token_command", "courses", "paths", "expect"),
    *("ca_file", "cert", "key", "headers", "basic", "proxy_url", "resolve", "wait"),
}
_NOT_GIVEN = {ParameterSource.DEFAULT, None}
SPEC = click.option(
    "--spec", type=FILE, help="An OpenAPI 3 file to use instead of the built-in contract."
)
POLICIES = click.option(
    "--policy",
    "policies",
    multiple=True,
    metavar="NAME|FILE",
    help="A choice in place of one that the contract makes: the name of a built-in policy, such as "
    "oversize-clamp, or an OpenAPI Overlay. Repeatable.",
)
FIXTURES = click.option(
    "--fixtures",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A folder with scenarios and faults of your own, in addition to the built-in ones. "
    "Repeatable.",
)
TODAY = click.option(
    "--today",
    type=day,
    metavar="DAY|today",
    help="The day on which the data ends: all generated times are before it. YYYY-MM-DD, or today "
    "for the calendar's day at the start. Default: 2023-01-01, which keeps the data the same.",
)
SEED = click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    help="The seed of the data. Each seed gives other data.",
)
HOST = click.option(
    "--host", default="127.0.0.1", show_default=True, help="The address to listen on."
)


def port(default: int) -> Decorator:
    """Return the option of the port to listen on."""
    return click.option(
        "--port",
        type=Integer(0, 65535),
        default=default,
        show_default=True,
        help="The port to listen on. 0 chooses a free port.",
    )


def allowed_hosts(names: str) -> Decorator:
    """Return the option of further names of a server; `names` says what they are for."""
    return click.option(
        "--allowed-host",
        "allowed_hosts",
        multiple=True,
        type=host_name,
        metavar="NAME",
        help=f"{names} A dot before it also allows all names below it. Repeatable.",
    )


COURSES = click.option(
    "--course",
    "courses",
    multiple=True,
    help="A course that has users, or of another contract a value of its first path parameter. "
    "Repeatable.",
)
PATHS = click.option(
    "--path",
    "paths",
    multiple=True,
    metavar="NAME=VALUE",
    help="The value of another path parameter. Repeatable.",
)
TIMEOUT = click.option(
    "--timeout",
    type=SOME,
    default=10.0,
    show_default=True,
    help="The time limit for a complete response, in seconds.",
)
MINE = click.option(
    "--mine",
    is_flag=True,
    help="The server is your own: send operations that write, and POST, PUT, PATCH and DELETE to "
    "lists that exist.",
)
SHOW_DATA = click.option(
    "--show-data/--hide-data",
    default=None,
    help="Show real personal data, or replace it with pseudonyms. Default: replace it, unless the "
    "server is the built-in stub.",
)
STUB = click.option(
    "--stub",
    is_flag=True,
    help="Check the built-in stub. Required in CI, and with options that describe a server.",
)
COMPLETE = click.option(
    "--complete",
    is_flag=True,
    help="Exit with 3 if a MUST requirement is not covered. Without it, such requirements are only "
    "listed.",
)


def contract_of(spec: Path | None, policies: Sequence[str | Path] = ()) -> Contract:
    """Return the contract in --spec, or the built-in contract, with the policies in --policy.

    Prints what is wrong with it, if it can be used all the same.
    """
    found = contract_in(spec, policies)
    if spec or policies:
        _warn(found)
    return found


def contract_in(spec: Path | None, policies: Sequence[str | Path]) -> Contract:
    """Return a contract as `contract_of` does, without a warning."""
    from ..spec import contract
    from ..spec.policies.policy import PolicyError

    try:
        with refusing("invalid contract"):
            return contract.load(spec, policies)
    except PolicyError as error:
        raise click.UsageError(f"--policy: {error}") from None


def _warn(contract: Contract) -> None:
    from ..spec.lint.lint import findings

    # A large file takes long to check; `lint` does it.
    is_small = len(contract.operations) <= _MOST_CHECKED
    found = findings(contract) if is_small else list(contract.warnings)
    for problem in found[:_MOST_WARNINGS]:
        click.echo(f"warning: {problem}", err=True)
    if len(found) > _MOST_WARNINGS:
        more = len(found) - _MOST_WARNINGS
        click.echo(f"warning: and {more} more; `ruangkerja lint` prints them all", err=True)


def target_of(url: str) -> Target:
    """Return the target that a URL names."""
    from ..conformance.http.target import Target, TargetError

    try:
        return Target.parse(url)
    except TargetError as error:
        raise click.UsageError(str(error)) from None


def is_stub(url: str | None, *, stub: bool) -> bool:
    """Return whether the running command checks the built-in stub, and not the server at `url`.

    Ends the command if a URL seems to be missing.
    """
    from ..conformance.config.arguments import is_stub as decided

    context = click.get_current_context()
    given = [
        option.opts[0]
        for option in context.command.params
        if option.name in OF_A_SERVER
        and context.get_parameter_source(option.name) not in _NOT_GIVEN
    ]
    return decided(url, os.environ, asked=stub, given=given)


def token_of(token: str | None, token_file: Path | None, token_command: str | None) -> str | None:
    """Return the token from the options or the environment, or None."""
    return tokens_of(token, token_file, token_command)[0]


def tokens_of(
    token: str | None, token_file: Path | None, token_command: str | None
) -> tuple[str | None, TokenSource | None]:
    """Return the token, or None, and the source of another one when it ends."""
    from ..conformance.config.token_source import tokens_from

    found, source = tokens_from(token, token_file, token_command, os.environ)
    Ending.current().secrets.add(found or "")
    return found, source


def expectations_of(
    file: Path | None, contract: Contract, token: str | None
) -> tuple[tuple[Expectation, ...], dict[str, str]]:
    """Return the expectations in --expect, and their tokens by environment variable."""
    from ..conformance.config.arguments import expectations_from

    with refusing("invalid expectations"):
        return expectations_from(file, contract, os.environ, token)


@contextmanager
def writing(option: str, path: Path) -> Iterator[None]:
    """End the command with exit code 2 if a path cannot be a file, such as in a missing folder.

    Any other OSError, such as a full disk, is raised with the path.
    """
    try:
        yield
    except (FileNotFoundError, FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise click.UsageError(f"{option} {path}: {error.strerror}") from None
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


@contextmanager
def refusing(what: str) -> Iterator[None]:
    """Print every mistake in a file that cannot be used, and end the command with exit code 2."""
    from ..spec.documents.problems import SourceError

    try:
        yield
    except SourceError as error:
        raise EndedError(f"{error}\n{what}; see above", USAGE, f"{what}: {error}") from None


def read_as(name: str, reader: Callable[..., Any], *added: Decorator) -> Decorator:
    """Return a decorator that adds options, and passes what `reader` makes of them as one argument.

    The parameters of `reader` are the options' values. If `name` is several names, what it returns
    is as many arguments.
    """
    taken = list(inspect.signature(reader).parameters)

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def reading(**values: Any) -> None:
            given = {parameter: values.pop(parameter) for parameter in taken}
            made = reader(**given)
            names = name.split()
            command(**values, **dict(zip(names, made if len(names) > 1 else [made], strict=True)))

        with_options: Command = reading
        for option in reversed(added):
            with_options = option(with_options)
        return with_options

    return decorate


CONTRACT = read_as("contract", contract_of, SPEC, POLICIES)
"""Adds --spec and --policy; the command gets the contract."""


def _token_options(of_command: str) -> tuple[Decorator, ...]:
    return (
        click.option(
            "--token",
            hide_input=True,
            help="A valid token. Prefer --token-file or RUANGKERJA_TOKEN.",
        ),
        click.option("--token-file", type=FILE, help="A file that contains the token."),
        click.option(
            "--token-command",
            metavar="COMMAND",
            hide_input=True,
            help=f"A command that prints a valid token in its first line.{of_command}",
        ),
    )


TOKEN = read_as("token", token_of, *_token_options(""))
"""Adds --token, --token-file and --token-command; the command gets the token, or None."""
TOKENS = read_as(
    "token token_source", tokens_of, *_token_options(" It is run again when the token ends.")
)
"""Adds the options of TOKEN; the command also gets the source of another token, or None."""

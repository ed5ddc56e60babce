"""Options that several commands share, and the functions that turn their values into objects.

An invalid value ends the command with one message and exit code 2.
"""

from __future__ import annotations

import functools
import inspect
import os
import sys
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeAlias, TypeVar

import click
from click.core import ParameterSource

from ..spec.visible import line
from . import ending
from .ending import EndedError, Ending

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..conformance.evidence.expectation import Expectation
    from ..conformance.http.target import Target
    from ..conformance.report.model import Run
    from ..conformance.report.waivers import Waiver
    from ..conformance.suite.judge import JudgeOptions
    from ..conformance.suite.token_source import TokenSource
    from ..spec.contract import Contract
    from ..spec.register import Level

Command: TypeAlias = Callable[..., None]
Decorator: TypeAlias = Callable[[Command], Command]
Options = TypeVar("Options", bound="JudgeOptions")

USAGE, NOT_JUDGED = ending.USAGE, ending.NOT_JUDGED

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)
SOME = click.FloatRange(min=0, min_open=True)

# Options that describe a server, so that somebody who gives one means a URL.
OF_A_SERVER = {
    *("token", "token_file", "token_command", "courses", "paths", "expect"),
    *("ca_file", "cert", "key", "headers", "basic", "proxy_url", "resolve", "wait"),
}
_NOT_GIVEN = {ParameterSource.DEFAULT, None}
# Options that say what to do, not how to check: they are not part of the configuration in reports.
_NOT_CONFIGURATION = {
    *("url", "upstream", "host", "port", "token_file", "plan"),
    *("report_dir", "new_waivers", "new_expectations", "label"),
    # These are shown as the contract and as `lists`.
    *("spec", "policies", "courses", "paths"),
}

SPEC = click.option(
    "--spec", type=FILE, help="An OpenAPI 3.0 file to use instead of the built-in contract."
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
HOST = click.option(
    "--host", default="127.0.0.1", show_default=True, help="The address to listen on."
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
    help="The server is your own: send POST, PUT, PATCH and DELETE to lists that exist, too.",
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
    """Return the contract in --spec, or the built-in contract, with the policies in --policy."""
    from ..spec import contract
    from ..spec.policy import PolicyError

    try:
        with refusing("invalid contract"):
            return contract.load(spec, policies)
    except PolicyError as error:
        raise click.UsageError(f"--policy: {error}") from None


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
    from ..conformance.suite.arguments import is_stub as decided

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
    from ..conformance.suite.token_source import tokens_from

    found, source = tokens_from(token, token_file, token_command, os.environ)
    Ending.current().secrets.add(found or "")
    return found, source


def waivers_of(file: Path | None, contract: Contract) -> tuple[Waiver, ...]:
    """Return the waivers in --waivers, or ()."""
    from ..conformance.report import waivers

    if file is None:
        return ()
    with refusing("invalid waivers"):
        return waivers.load(file, contract.register)


def expectations_of(
    file: Path | None, contract: Contract, token: str | None
) -> tuple[tuple[Expectation, ...], dict[str, str]]:
    """Return the expectations in --expect, and their tokens by environment variable."""
    from ..conformance.suite.arguments import expectations_from

    with refusing("invalid expectations"):
        return expectations_from(file, contract, os.environ, token)


def make_report_dir(folder: Path | None) -> None:
    """Create the folder of --report-dir, if the option is given, without reports of earlier runs.

    Nothing was sent yet, so nothing is lost if it cannot be written.
    """
    if folder is not None:
        Ending.current().begin_reports(folder)


def _known_folder(_context: click.Context, _option: click.Parameter, folder: Path | None) -> Any:
    """Note the folder before other options are read: if one of them is wrong, reports say so."""
    Ending.current().folder = folder
    return folder


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
    from ..spec.source import SourceError

    try:
        yield
    except SourceError as error:
        raise EndedError(f"{error}\n{what}; see above", USAGE, f"{what}: {error}") from None


def show(run: Run) -> None:
    """Print a run, and publish it to the CI service if there is one."""
    from ..conformance.report import github, terminal

    click.echo(terminal.render(run))
    try:
        github.publish(run, os.environ, click.echo)
    except OSError as error:
        click.echo(f"GITHUB_STEP_SUMMARY cannot be written: {error.strerror}", err=True)


class Judging(NamedTuple):
    """The values of the options that say how a run is judged and reported."""

    fail_on: str
    report_dir: Path | None
    show_data: bool | None
    waivers_file: Path | None
    label: tuple[str, ...] = ()

    @property
    def labels(self) -> dict[str, str]:
        """The labels of the run by name."""
        from ..conformance.report.labels import LabelError, parse

        try:
            return parse(self.label)
        except LabelError as error:
            raise click.UsageError(f"--label {error}") from None

    @property
    def level(self) -> Level:
        """The lowest level that fails the run."""
        from ..spec.register import Level

        return Level(self.fail_on.upper())

    def options(
        self, contract: Contract, kind: type[Options], resolved: Mapping[str, object], **more: Any
    ) -> Options:
        """Return judge options; `resolved` has values to report in place of those of options."""
        make_report_dir(self.report_dir)
        shows_data = more.get("stub", False) if self.show_data is None else self.show_data
        return kind(
            fail_on=self.level,
            report_dir=self.report_dir,
            show_data=self.show_data,
            waivers=waivers_of(self.waivers_file, contract),
            shown={**shown(), "show_data": shows_data, **resolved},
            labels=self.labels,
            **more,
        )


def shown() -> dict[str, object]:
    """Return the options of the running command as reports show them, without secrets."""
    context = click.get_current_context()
    return {
        max(option.opts, key=len).lstrip("-").replace("-", "_"): _plain(context.params[option.name])
        for option in context.command.params
        if option.name in context.params
        and option.name not in _NOT_CONFIGURATION
        and not getattr(option, "hide_input", False)
    }


def _plain(value: object) -> object:
    if isinstance(value, (tuple, list)):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, Path) else value


def judged(judge: Callable[[], Run]) -> Run:
    """Return a run that was judged, or end the command with exit code 3."""
    from ..conformance.suite.judge import NotJudgedError

    try:
        return judge()
    except NotJudgedError as error:
        reason = line(str(error))
        raise EndedError(f"not judged: {reason}", NOT_JUDGED, reason) from None


def end(judge: Callable[[], Run]) -> NoReturn:
    """Judge, print the run, and exit with its exit code."""
    run = judged(judge)
    show(run)
    sys.exit(int(run.exit))


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
_TOKEN_OPTIONS = (
    click.option(
        "--token", hide_input=True, help="A valid token. Prefer --token-file or RUANGKERJA_TOKEN."
    ),
    click.option("--token-file", type=FILE, help="A file that contains the token."),
    click.option(
        "--token-command",
        metavar="COMMAND",
        hide_input=True,
        help="A command that prints a valid token in its first line. It is run again when the "
        "token ends.",
    ),
)
TOKEN = read_as("token", token_of, *_TOKEN_OPTIONS)
"""Adds --token, --token-file and --token-command; the command gets the token, or None."""
TOKENS = read_as("token token_source", tokens_of, *_TOKEN_OPTIONS)
"""Adds the options of TOKEN; the command also gets the source of another token, or None."""
JUDGING = read_as(
    "judging",
    Judging,
    click.option(
        "--fail-on",
        type=click.Choice(["must", "should"], case_sensitive=False),
        default="must",
        show_default=True,
        help="The lowest level of requirement that fails the run if it fails, and leaves it not "
        "judged if it is not covered.",
    ),
    click.option(
        "--report-dir",
        type=FOLDER,
        is_eager=True,
        callback=_known_folder,
        help="The folder for report.html, report.json, summary.md, junit.xml and exchanges.har. "
        "Created if missing; the reports of an earlier run in it are replaced.",
    ),
    SHOW_DATA,
    click.option(
        "--waivers",
        "waivers_file",
        type=FILE,
        help="A file of known failures that do not fail the run until they expire.",
    ),
    click.option(
        "--label",
        multiple=True,
        metavar="NAME=VALUE",
        help="What to show in the head of every report, such as build=41 or environment=staging. "
        "Repeatable.",
    ),
)
"""Adds the options of `Judging`, which the command gets."""

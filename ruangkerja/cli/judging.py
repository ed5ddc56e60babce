"""Options that say how a run is judged and reported, and the end of a command with a run."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeVar

import click

from ..spec.visible import line
from .ending import NOT_JUDGED, EndedError, Ending
from .options import FILE, FOLDER, SHOW_DATA, read_as, refusing
from .streams import echo_unchanged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..conformance.judging.judge import JudgeOptions
    from ..conformance.reporting.run.model import Run
    from ..conformance.reporting.run.waivers import Waiver
    from ..spec.contract import Contract
    from ..spec.register import Level

Options = TypeVar("Options", bound="JudgeOptions")

# Options that say what to do, not how to check: they are not part of the configuration in reports.
_NOT_CONFIGURATION = {
    *("url", "upstream", "host", "port", "token_file", "plan"),
    *("report_dir", "new_waivers", "new_expectations", "label"),
    # These are shown as the contract and as `lists`.
    *("spec", "policies", "courses", "paths"),
}


def waivers_of(file: Path | None, contract: Contract) -> tuple[Waiver, ...]:
    """Return the waivers in --waivers, or ()."""
    from ..conformance.reporting.run import waivers

    if file is None:
        return ()
    with refusing("invalid waivers"):
        return waivers.load(file, contract.register)


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


def show(run: Run) -> None:
    """Print a run, and publish it to the CI service if there is one."""
    from ..conformance.reporting.formats import github, terminal

    click.echo(terminal.render(run))
    try:
        github.publish(run, os.environ, echo_unchanged)
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
        from ..conformance.reporting.run.labels import LabelError, parse

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
    from ..conformance.reporting.run.model import NotJudgedError

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
        "Created if missing; the reports of an earlier run in it are replaced. Files with bodies "
        "of responses can be read by their owner only.",
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

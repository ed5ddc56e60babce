"""How a command ends: with its exit code, one clear line, and reports that say the same.

An unexpected error is one of the tool, and never a result of a server: it has an exit code of its
own, and its details are in a file. SIGTERM ends a command as Ctrl-C does.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..extras import advice, extra_of, without_extras
from ..spec.secrets.masking import HIDDEN
from ..spec.secrets.token_forms import Finder
from ..spec.visible import cut, line
from .streams import echo_unchanged, standard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

CONFORMING, USAGE, NOT_JUDGED, TOOL_ERROR, INTERRUPTED = 0, 2, 3, 4, 130
_ENDS = ("SIGTERM", "SIGHUP")
_NAME = "ruangkerja"
_FOLDER = "--report-dir"
_LONGEST = 300


class EndedError(click.ClickException):
    """A command that ended early: `conclusion` is one line, `reason` the part of it for reports."""

    def __init__(self, conclusion: str, exit_code: int, reason: str = "") -> None:
        super().__init__(conclusion)
        self.exit_code = exit_code  # type: ignore[misc] # click sets it in instances, too
        self.reason = reason or conclusion

    def show(self, _file: object = None) -> None:
        """Print the line."""
        click.echo(self.message, err=True)


@dataclass
class Ending:
    """What has to be known to end a command: its arguments, its report folder and its secrets."""

    arguments: Sequence[str]
    folder: Path | None = None
    is_begun: bool = False
    """Whether the reports of an earlier run in the folder are replaced."""
    secrets: set[str] = field(default_factory=set)
    in_threads: list[BaseException] = field(default_factory=list)
    """Errors of threads, which are reported with the error of the command."""

    @classmethod
    def current(cls) -> Ending:
        """Return the one of the running command, or an empty one if none runs."""
        context = click.get_current_context(silent=True)
        found = context.find_object(cls) if context else None
        return found or cls(())

    def begin_reports(self, folder: Path) -> None:
        """Create a report folder, and replace the reports of an earlier run in it."""
        from ..conformance.reporting.formats import folder as reports

        try:
            reports.begin(folder, self._named)
        except (NotADirectoryError, FileExistsError) as error:
            raise click.UsageError(f"{_FOLDER} {folder}: {error.strerror}") from None
        self.folder, self.is_begun = folder, True

    @property
    def _named(self) -> list[Path]:
        """What the arguments name, which may be the recording of an earlier run."""
        return [Path(argument) for argument in self.arguments if "\0" not in argument]

    def note_thread(self, failed: threading.ExceptHookArgs) -> None:
        """Note the error of a thread, which would otherwise be printed as a traceback."""
        if failed.exc_value is not None:
            self.in_threads.append(failed.exc_value)
            click.echo(
                f"error in the background: {_told(failed.exc_value, self.secrets)}", err=True
            )

    def of(self, command: Callable[[], object]) -> int:
        """Run a command, and return its exit code."""
        try:
            with _terminated_as_interrupted():
                code = command()
        except SystemExit as ended:
            return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        except click.ClickException as error:
            error.show()
            reason = error.reason if isinstance(error, EndedError) else error.format_message()
            self._report(reason, error.exit_code)
            return error.exit_code
        except (click.Abort, KeyboardInterrupt) as error:
            # What reports say of a run that was interrupted is a note of the error.
            reason = "".join(getattr(error.__cause__, "__notes__", ()))
            click.echo(f"not judged: {reason}" if reason else "interrupted", err=True)
            self._report(reason or "interrupted", INTERRUPTED)
            return INTERRUPTED
        return code if isinstance(code, int) else CONFORMING

    def failed(self, error: Exception) -> EndedError:
        """Return how a command ends because of an unexpected error."""
        reason = ""
        with without_extras():
            from ..conformance.reporting.formats.folder import of_tool

            reason = of_tool(error)
        said = f"error: {_told(error, self.secrets)}; this says nothing about the server"
        file = self._write_details(error)
        details = f"; details in {file}" if file else ""
        return EndedError(f"{said}{details}", TOOL_ERROR, reason)

    @without_extras()
    def _report(self, reason: str, code: int) -> None:
        """Say how the command ended in the reports that say nothing yet, and to the CI service."""
        from ..conformance.reporting.formats import folder as reports
        from ..conformance.reporting.formats import github
        from ..conformance.verdicts.verdict import Exit

        ending = Exit(code) if code in set(Exit) else Exit.USAGE
        with contextlib.suppress(Exception):  # the command has failed already, and says so
            folder = self.folder or _folder_in(self.arguments)
            if folder is not None and not self.is_begun:
                reports.begin(folder, self._named)
            if folder is not None:
                reports.end(folder, line(reason), ending)
        github.publish_ending(reports.conclusion(line(reason), ending), os.environ, echo_unchanged)

    def _write_details(self, error: Exception) -> Path | None:
        """Write the details of an error to the report folder or a temporary file, if possible."""
        from .details import details_of, write_details

        with contextlib.suppress(Exception):
            text = details_of([error, *self.in_threads], self.arguments, self.secrets)
            return write_details(text, self.folder if self.is_begun else None)
        return None


class Commands(click.Group):
    """A group of commands in which every unexpected error is one of the tool."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; raise EndedError for an unexpected error."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if extra := extra_of(error):
                said = f"ruangkerja {ctx.invoked_subcommand}: {advice(extra)}"
                raise EndedError(said, USAGE) from None
            raise (ctx.find_object(Ending) or Ending(())).failed(error) from error


def run(commands: click.Group, arguments: Sequence[str] | None) -> int:
    """Run a command of a group, and return its exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    ending = Ending(given)
    before, threading.excepthook = threading.excepthook, ending.note_thread
    with standard() as output, contextlib.ExitStack() as stack:
        stack.callback(setattr, threading, "excepthook", before)
        code = ending.of(
            lambda: commands.main(
                given, _NAME, standalone_mode=False, obj=ending, color=_color(os.environ)
            )
        )
        if output is not None:
            output.flush()
            if output.error is not None:
                why = line(output.error.strerror or str(output.error))
                click.echo(f"error: standard output cannot be written: {why}", err=True)
                return TOOL_ERROR
    return code


def _color(environment: Mapping[str, str]) -> bool | None:
    """Return False if the environment wants no colours, else None: a terminal has them."""
    unwanted = environment.get("NO_COLOR") or environment.get("TERM") == "dumb"
    return False if unwanted else None


def _told(error: BaseException, secrets: Iterable[str]) -> str:
    """Return an error in one line, without secrets."""
    what = f"{type(error).__name__}: {error}".removesuffix(": ")
    if isinstance(error, OSError) and error.strerror:
        what = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return cut(line(Finder(secrets).replace(what, HIDDEN)), _LONGEST)


def _folder_in(arguments: Sequence[str]) -> Path | None:
    """Return the report folder in arguments that could not be parsed."""
    for position, argument in enumerate(arguments):
        if argument == "--":  # what follows is for another command
            break
        if argument.startswith(f"{_FOLDER}="):
            return Path(argument.partition("=")[2])
        if argument == _FOLDER and position + 1 < len(arguments):
            return Path(arguments[position + 1])
    return None


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Let signals that end a command do so as Ctrl-C does, unless they are ignored."""
    before = {}
    for name in _ENDS:
        number = getattr(signal, name, None)
        with contextlib.suppress(ValueError):  # it runs in another thread
            if number is not None and signal.getsignal(number) == signal.SIG_DFL:
                before[number] = signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

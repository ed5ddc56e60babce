"""The page about the commands: options from click, and exit codes."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import click

from ruangkerja import cli
from ruangkerja.cli import options
from ruangkerja.conformance.rules.verdict import Exit

from .markdown import block, code, heading, table

if TYPE_CHECKING:
    from collections.abc import Iterator

INTRODUCTION = """\
All options of all commands. `ruangkerja COMMAND --help` prints the same texts.
"""
EXITS = {
    Exit.CONFORMING: "everything that was checked conforms",
    Exit.NOT_CONFORMING: "at least one requirement failed, or a waiver is no longer needed",
    Exit.NOT_JUDGED: "not judged: the server did not respond, the token was rejected, or the "
    "data did not cover all requirements",
}


def page() -> str:
    """Return the page."""
    return "\n".join(_parts())


def _parts() -> Iterator[str]:
    yield "# Commands\n"
    yield INTRODUCTION
    commands = cli.cli.commands
    yield table(
        ("Command", "What it does"),
        (
            (f"[{code(f'ruangkerja {name}')}](#{name})", command.get_short_help_str(limit=200))
            for name, command in commands.items()
        ),
    )
    yield heading(2, "Exit codes", "exit-codes")
    codes = {int(key): text for key, text in EXITS.items()}
    codes[options.USAGE] = "wrong usage, or an invalid file; the message gives the reason"
    codes[cli.INTERRUPTED] = "interrupted with Ctrl-C"
    yield table(("Code", "Meaning"), ((code(key), codes[key]) for key in sorted(codes)))
    for name, command in commands.items():
        yield from _command(name, command)


def _command(name: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=f"ruangkerja {name}")
    yield heading(2, f"`ruangkerja {name}`", name)
    yield block(" ".join([context.command_path, *command.collect_usage_pieces(context)]), "text")
    yield f"{_prose(command.help or '')}\n"
    yield table(
        ("Option", "Default", "Meaning"),
        (
            _option(parameter, context)
            for parameter in command.params
            if isinstance(parameter, click.Option) and not parameter.hidden
        ),
    )
    if command.epilog:
        yield f"{_prose(command.epilog)}\n"


def _prose(text: str) -> str:
    return inspect.cleandoc(text.replace("\b\n", "").replace("\\b\n", ""))


def _option(option: click.Option, context: click.Context) -> tuple[str, str, str]:
    names = " / ".join([*option.opts, *option.secondary_opts])
    value = "" if option.is_flag else f" {option.make_metavar(context)}"
    extra = option.get_help_extra(context)
    meaning = (option.help or "").removesuffix(".")
    if "range" in extra:
        meaning += f" ({extra['range']})"
    return code(names + value), code(extra.get("default", "")), f"{meaning}."

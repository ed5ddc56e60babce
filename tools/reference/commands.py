"""The commands and their options, as click knows them, and the exit codes."""

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
Every option of every command, made from the program itself. `ruangkerja COMMAND --help` says the
same on the terminal.
"""
EXITS = {
    Exit.CONFORMING: "what was judged conforms",
    Exit.NOT_CONFORMING: "it does not conform, or a waiver was of no use",
    Exit.NOT_JUDGED: "it could not be judged: the server, the token or the data did not allow it",
}


def page() -> str:
    """Write the page."""
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
    codes[options.USAGE] = (
        "wrong usage, or a file that cannot be used; the message says which and why"
    )
    codes[cli.INTERRUPTED] = "interrupted by Ctrl-C"
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

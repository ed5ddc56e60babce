"""Commands whose options can have values in a configuration file.

The command line wins over the environment, and this over the file. Values of the file are the
default map of click, so an option needs nothing to be found there.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from ..spec.secrets.masking import HIDDEN, VARIABLE
from . import options
from .ending import Ending

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..conformance.config.configuration import Configuration, Setting
    from ..spec.documents.problems import Problem

# What the help shows apart from the options of a command itself.
_GROUPS = {
    "Token": {"token", "token_file", "token_command", "more_tokens"},
    "Connection": {
        *("ca_file", "cert", "key", "headers", "basic", "proxy_url", "resolve", "wait"),
    },
    "Access": {"tokens", "any_token", "allowed_hosts", "control_origins", "remote_control"},
    "HTTPS": {"tls", "tls_folder", "tls_cert", "tls_key"},
    "Result": {
        *("complete", "expect", "fail_on", "new_expectations", "new_waivers"),
        *("require_coverage", "waivers_file"),
    },
    "Reports": {"report_dir", "show_data", "label"},
    "Contract": {"spec", "policies"},
    "Configuration": {"config", "env", "print_config"},
}
_ARGUMENTS = {"url": "url", "upstream": "url"}
_CONTRACT = re.compile(r"\.(json|ya?ml)$")
_OWN = {"config", "env", "print_config"}
_TOKEN_OPTIONS = {"token", "token-file", "token-command"}
# The tokens of the stub are no secrets.
_STUB = "mock"
_ADVICE = {
    "token": f"use token-file, token-command or the variable {VARIABLE}",
    "header": "use NAME=@FILE, or NAME with the value in the variable RUANGKERJA_HEADER_NAME",
}


class Configured(click.Command):
    """A command with the options --config, --env and --print-config."""

    def __init__(self, *, params: Sequence[click.Parameter], **more: Any) -> None:
        own = [
            click.Option(
                ["--config"],
                type=options.FILE,
                expose_value=False,
                help="The configuration file. Default: ruangkerja.toml, or pyproject.toml with "
                "tool.ruangkerja, in this folder or above it in the repository.",
            ),
            click.Option(
                ["--env"],
                metavar="NAME",
                expose_value=False,
                help="The environment of the configuration file, such as staging.",
            ),
            click.Option(
                ["--print-config"],
                is_flag=True,
                expose_value=False,
                help="Print the values of the options and where each comes from, and exit.",
            ),
        ]
        super().__init__(params=[*params, *own], **more)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments, with the values of the configuration file as defaults."""
        parsed, unexpected, _ = self.make_parser(ctx).parse_args(list(args))
        file = next(filter(_CONTRACT.search, unexpected), None)
        if file is not None and not ctx.resilient_parsing:
            ctx.fail(f"Got unexpected extra argument ({file}); name an OpenAPI file with --spec")
        arguments = {each.name for each in self.params if isinstance(each, click.Argument)}
        given = {k: v for k, v in parsed.items() if k not in arguments or isinstance(v, str)}
        asks_for_help = (option := self.get_help_option(ctx)) and option.name in given
        if not asks_for_help and not ctx.resilient_parsing:
            ctx.meta["given"] = given
            with options.refusing("invalid configuration"):
                ctx.default_map = self._defaults(ctx, given)
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, those of each group in a section of their own."""
        sections: dict[str, list[tuple[str, str]]] = {
            "Options": [],
            **{each: [] for each in _GROUPS},
        }
        for option in self.get_params(ctx):
            group = next((g for g, names in _GROUPS.items() if option.name in names), "Options")
            record = option.get_help_record(ctx)
            if record is not None and isinstance(option, click.Option):
                sections[group].append(record)
        for title, records in sections.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, or print its configuration."""
        if ctx.meta.get("given", {}).get("print_config"):
            return click.echo("\n".join(self._printed(ctx)))
        return super().invoke(ctx)

    def _defaults(self, ctx: click.Context, given: Mapping[str, Any]) -> dict[str, Any]:
        from ..spec.documents.problems import SourceError

        configuration = _configuration(given)
        if configuration is None:
            return {}
        root = ctx.find_root().command
        commands = root.commands if isinstance(root, click.Group) else {self.name: self}
        names = {str(name): set(_by_name(each)) for name, each in commands.items()}
        settings = configuration.settings(str(self.name), given.get("env"), names)
        known = _by_name(self)
        problems = list(_secrets_in(configuration))
        defaults = {}
        for name in _without_alternatives(settings, known, given):
            setting, option = settings[name], known[name]
            ctx.meta.setdefault("settings", {})[option.name] = (configuration.file, setting)
            try:
                defaults[str(option.name)] = _value(ctx, option, setting, configuration.file.parent)
            except click.BadParameter as error:
                problems.append(configuration.problem(setting, error.message))
        if problems:
            Ending.current().folder = Ending.current().folder or defaults.get("report_dir")
            raise SourceError(sorted(problems, key=lambda each: each.line))
        return defaults

    def _printed(self, ctx: click.Context) -> Iterator[str]:
        for name, option in _by_name(self).items():
            value = ctx.params[str(option.name)]
            source = ctx.get_parameter_source(str(option.name))
            place = {
                ParameterSource.COMMANDLINE: "command line",
                ParameterSource.ENVIRONMENT: "environment",
            }.get(source or ParameterSource.DEFAULT, "default")
            if source is ParameterSource.DEFAULT_MAP:
                file, setting = ctx.meta["settings"][option.name]
                place = f"{file}:{setting.line}"
            if name == "token" and value is None and _has_token_of_environment(ctx.params):
                value, place = HIDDEN, f"variable {VARIABLE}"
            if value is None or value == ():
                yield f"# {name} is not set"
            else:
                yield f"{name} = {_written(option, value)}  # {place}"


def _configuration(given: Mapping[str, Any]) -> Configuration | None:
    """Return the configuration file that a command line names, or that of this folder."""
    from ..conformance.config.configuration import FILE, Configuration

    named, environment = given.get("config"), given.get("env")
    try:
        found = Configuration.read(Path(named)) if named else Configuration.here()
    except OSError as error:
        raise click.UsageError(f"--config {named or FILE}: {error.strerror}") from None
    if found is None and environment is not None:
        raise click.UsageError(
            f"--env {environment}: there is no {FILE} in this folder or above it in the repository"
        )
    return found


def _by_name(command: click.Command) -> dict[str, click.Parameter]:
    """Return what a configuration file can set of a command, by name."""
    found: dict[str, click.Parameter] = {}
    for each in command.params:
        if isinstance(each, click.Option) and each.name not in _OWN and not each.hidden:
            found[max(each.opts, key=len).removeprefix("--")] = each
        elif each.name in _ARGUMENTS:
            found[_ARGUMENTS[each.name]] = each
    return found


def _without_alternatives(
    settings: Mapping[str, Setting], known: Mapping[str, click.Parameter], given: Mapping[str, Any]
) -> list[str]:
    """Return the names of the settings that nothing stronger replaces.

    The settings of a server are left out if the command line has --stub.
    """
    from ..conformance.config.configuration import ALTERNATIVES

    stronger = {name for name, option in known.items() if option.name in given}
    for group in ALTERNATIVES:
        if group & stronger:
            stronger |= group
    if os.environ.get(VARIABLE):
        stronger |= _TOKEN_OPTIONS
    if "stub" in given:
        stronger |= {name for name, each in known.items() if each.name in options.OF_A_SERVER}
    return [name for name in settings if name not in stronger]


def _value(ctx: click.Context, option: click.Parameter, setting: Setting, folder: Path) -> Any:
    """Return a value of the file as click takes it; raise BadParameter for one that is wrong."""
    values = setting.value if isinstance(setting.value, list) else [setting.value]
    is_flag = isinstance(option, click.Option) and option.is_flag
    many = isinstance(option, click.Option) and option.multiple
    if isinstance(setting.value, list) and not many:
        raise click.BadParameter("it takes one value, not a list")
    for each in values:
        if is_flag != isinstance(each, bool):
            raise click.BadParameter(
                "use true or false" if is_flag else "it cannot be true or false"
            )
        if not isinstance(each, str | int | float):
            raise click.BadParameter("use a text or a number")
    if not is_flag:
        values = [_below(folder, option, each) for each in values]
    value = values if many else values[0]
    option.type_cast_value(ctx, value)
    return value


def _secrets_in(configuration: Configuration) -> Iterator[Problem]:
    """Yield the secrets that are in the file itself, wherever they are in it."""
    for name, advice in _ADVICE.items():
        for command, setting in configuration.everywhere(name):
            values = setting.value if isinstance(setting.value, list) else [setting.value]
            if command != _STUB and any(_is_literal(name, str(value)) for value in values):
                yield configuration.problem(setting, f"a secret cannot be in this file; {advice}")


def _is_literal(name: str, value: str) -> bool:
    return name != "header" or ("=" in value and value.partition("=")[2][:1] != "@")


def _below(folder: Path, option: click.Parameter, value: Any) -> Any:
    """Return a value whose path is relative to the folder of the file."""
    if isinstance(option.type, click.Path):
        return str(folder / str(value))
    if option.name == "policies" and (folder / str(value)).is_file():
        return str(folder / str(value))
    for name, sign in (("headers", "=@"), ("basic", ":")):
        before, found, path = str(value).partition(sign)
        if option.name == name and found:
            return f"{before}{sign}{folder / path}"
    return value


def _has_token_of_environment(params: Mapping[str, Any]) -> bool:
    given = any(params.get(name) for name in ("token_file", "token_command"))
    return bool(os.environ.get(VARIABLE)) and not given and "token_file" in params


def _written(option: click.Parameter, value: Any) -> str:
    """Return a value as TOML has it, without secrets."""
    if getattr(option, "hide_input", False):
        many = isinstance(value, tuple)
        names = [f"{each.partition('=')[0]}={HIDDEN}" for each in value] if many else HIDDEN
        return json.dumps(names)
    if isinstance(value, tuple):
        return json.dumps([str(each) for each in value])
    return json.dumps(value if isinstance(value, bool | int | float) else str(value))

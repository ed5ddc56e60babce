"""The options for a connection: their forms, and one line for each mistake."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest
from click import UsageError

from ruangkerja.cli.check import check
from ruangkerja.cli.proxy import proxy
from ruangkerja.cli.record import record
from ruangkerja.cli.replay import replay
from ruangkerja.conformance.config.connection_arguments import ConnectionOptions
from ruangkerja.conformance.suite import pytest_suite

if TYPE_CHECKING:
    from pathlib import Path

    import click

NAMES = {"ca-file", "cert", "key", "header", "basic", "proxy", "resolve", "wait"}


def test_secrets_come_from_values_files_and_variables(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from file\n")
    environment = {
        "RUANGKERJA_HEADER_X_GATE": "from variable",
        "RUANGKERJA_PROXY_PASSWORD": "proxy secret",
        "RUANGKERJA_BASIC_PASSWORD": "basic secret",
    }
    settings = ConnectionOptions(
        environment,
        headers=("X-A=a=b", f"X-B=@{file}", "X-Gate"),
        basic=f"me:{file}",
        proxy="http://you@p:3128",
        resolve=("a.test:443:10.0.0.7", "[fd00::1]:80:[::1]"),
        wait=3,
    ).settings()
    assert settings.headers == (("X-A", "a=b"), ("X-B", "from file"), ("X-Gate", "from variable"))
    assert settings.basic == ("me", "from file")
    assert settings.proxy is not None
    assert (settings.proxy.user, settings.proxy.password) == ("you", "proxy secret")
    assert settings.resolve == {("a.test", 443): "10.0.0.7", ("fd00::1", 80): "::1"}
    assert settings.wait == 3
    assert ConnectionOptions(environment, basic="me").settings().basic == ("me", "basic secret")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"headers": ("X-Gate",)}, "--header: .* the variable RUANGKERJA_HEADER_X_GATE"),
        (
            {"headers": ("X-Gate=@/no/file",)},
            "--header X-Gate: the file .* cannot be read",
        ),
        ({"headers": ("Host=secret",)}, "--header Host: the requests have it themselves"),
        ({"headers": ("X-Gate=",)}, "--header X-Gate: the value is not valid"),
        ({"headers": ("=secret",)}, "--header: what comes before the first = is not the name"),
        ({"headers": ("X-Gate: secret=",)}, "--header: what comes before the first = is not"),
        ({"headers": ("X-Gate: secret",)}, "--header: use NAME=VALUE, .* RUANGKERJA_HEADER_NAME"),
        ({"basic": "me"}, "--basic: .* RUANGKERJA_BASIC_PASSWORD, which is not set"),
        ({"basic": ":x"}, "--basic: use USER:FILE"),
        ({"basic": "me:secret"}, "--basic: the file with the secret cannot be read: No such file"),
        ({"basic": "me:secret\0"}, "--basic: the file with the secret cannot be read"),
        ({"proxy": "http://me:secret@p:1"}, "--proxy: the password would be visible"),
        (
            {"proxy": "http://me@p:1"},
            "--proxy: put the password of the user .* RUANGKERJA_PROXY_PASSWORD, which",
        ),
        ({"proxy": "socks5://me:secret@p:1"}, "--proxy: only proxies with http://"),
        ({"resolve": ("a.test:10.0.0.7",)}, "--resolve 'a.test:10.0.0.7': use HOST:PORT:ADDRESS"),
        ({"resolve": ("a.test:99999:10.0.0.7",)}, "--resolve"),
        ({"resolve": ("a.test:443:b.test",)}, "--resolve"),
    ],
)
def test_a_mistake_is_one_line_without_secrets(options: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says) as raised:
        ConnectionOptions({}, **options).settings()
    assert "\n" not in raised.value.message
    assert "secret" not in raised.value.message.replace("the secret", "")


@pytest.mark.parametrize("command", [check, replay, record, proxy], ids=lambda each: each.name)
def test_every_command_that_connects_has_the_options(command: click.Command) -> None:
    given = {name.lstrip("-") for option in command.params for name in option.opts}
    assert given >= {*NAMES, "token-command"}


def test_the_pytest_entry_has_the_options_in_the_same_order() -> None:
    fields = [field.name for field in dataclasses.fields(ConnectionOptions)][1:]
    assert set(pytest_suite._CONNECTION) == NAMES
    assert [name.replace("-", "_") for name in pytest_suite._CONNECTION] == [
        name.removesuffix("s") if name == "headers" else name for name in fields
    ]

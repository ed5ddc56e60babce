"""A token comes from a command or a file, again when it ends, and is never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click import UsageError

from ruangkerja.conformance.config.token_source import TokenCommand, TokenFile, tokens_from

if TYPE_CHECKING:
    from pathlib import Path


def test_the_first_line_of_a_command_is_the_token(tmp_path: Path) -> None:
    count = tmp_path / "count"
    script = f"echo x >> '{count}'; echo Tk-$(wc -l < '{count}' | tr -d ' '); echo more"
    token, source = tokens_from(None, None, f'sh -c "{script}"', {"RUANGKERJA_TOKEN": "other"})
    assert token == "Tk-1"  # noqa: S105 - it opens nothing
    assert source is not None
    assert source.renew() == "Tk-2"


def test_a_file_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("Tk-1\n")
    token, source = tokens_from(None, file, None, {})
    file.write_text("Tk-2\n")
    assert (token, source) == ("Tk-1", TokenFile(file))
    assert source is not None
    assert source.renew() == "Tk-2"


def test_a_token_by_itself_has_no_source() -> None:
    assert tokens_from(None, None, None, {"RUANGKERJA_TOKEN": "Tk-1"}) == ("Tk-1", None)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("", "is empty"),
        ("echo 'secret", "cannot be read as a command: no closing quotation"),
        ("/no/such/secret-tool", "cannot be run: No such file"),
        ("sh -c 'echo secret; exit 3'", "sh ended with exit code 3"),
        ("TOKEN=secret some-tool", "the command cannot be run"),
        ("true", "the token of --token-command is empty"),
        ("printf 'secret\\tsecret'", "has characters that are not valid in a header"),
        ("printf '\\377secret'", "is not UTF-8"),
        ("sh -c 'echo secret; exec sleep 5'", "took longer than 0.2 s"),
        ("yes secret", "ended with exit code"),
    ],
)
def test_a_command_without_a_token_is_a_mistake_that_shows_nothing(command: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as raised:
        TokenCommand(command, timeout=2.0 if "yes" in command else 0.2).renew()
    assert "secret" not in raised.value.message.replace("/no/such/secret-tool", "")


def test_two_sources_are_a_mistake() -> None:
    with pytest.raises(UsageError, match="not several"):
        tokens_from("Tk-1", None, "echo Tk-2", {})

"""Where a token comes from, to ask for another one when it ends."""

from __future__ import annotations

import shlex
import subprocess
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from click import UsageError

from .arguments import read_token, token_from, valid_token

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ..requests.sending.current_token import TokenSource

_TIMEOUT = 30.0
_LARGEST = 65_536


@dataclass(frozen=True, slots=True)
class TokenFile:
    """A file whose token another program may replace."""

    file: Path

    def renew(self) -> str:
        """Return the token that the file has now."""
        return read_token(self.file)


@dataclass(frozen=True, slots=True)
class TokenCommand:
    """A command that prints a token in its first line.

    It is split as a shell does, but no shell runs it. It may take `timeout` seconds. What it prints
    is never shown; its errors go to the terminal.
    """

    command: str
    timeout: float = _TIMEOUT

    def renew(self) -> str:
        """Run the command, and return its token."""
        arguments = self._arguments()
        # NAME=VALUE before a command, as a shell has it, may be a secret.
        name = "the command" if "=" in arguments[0] else arguments[0]
        try:
            process = subprocess.Popen(  # noqa: S603 - who runs the suite gives the command
                arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, bufsize=0
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is not a command"
            raise UsageError(f"--token-command: {name} cannot be run: {reason}") from None
        printed, code = self._finish(process)
        if code is None:
            raise UsageError(f"--token-command: {name} took longer than {self.timeout:g} s")
        if code:
            raise UsageError(f"--token-command: {name} ended with exit code {code}")
        try:
            token = printed.partition(b"\n")[0].decode().strip()
        except UnicodeDecodeError:
            raise UsageError("--token-command: what it prints is not UTF-8") from None
        return valid_token(token, "--token-command")

    def _finish(self, process: subprocess.Popen[bytes]) -> tuple[bytes, int | None]:
        """Return what a process printed and its exit code, None if it took too long."""
        printed = bytearray()
        end = time.monotonic() + self.timeout

        def read() -> None:
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            with process.stdout:
                while len(printed) < _LARGEST and (data := process.stdout.read(_LARGEST)):
                    printed.extend(data)

        # A process that it started may keep the pipe open, so the thread is not waited for forever.
        reader = threading.Thread(target=read, name="token-command", daemon=True)
        reader.start()
        reader.join(self.timeout)
        try:
            return bytes(printed), process.wait(max(0.0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            return b"", None
        finally:
            process.kill()
            process.wait()

    def _arguments(self) -> list[str]:
        try:
            arguments = shlex.split(self.command)
        except ValueError as error:
            reason = str(error).lower()
            raise UsageError(f"--token-command cannot be read as a command: {reason}") from None
        if not arguments:
            raise UsageError("--token-command is empty; give a command that prints a token")
        return arguments


def tokens_from(
    option: str | None, file: Path | None, command: str | None, environment: Mapping[str, str]
) -> tuple[str | None, TokenSource | None]:
    """Return the token of the options or the environment, and the source of further ones.

    Raises UsageError for a source that has no token.
    """
    if command is None:
        token = token_from(option, file, environment)
        return token, TokenFile(file) if file is not None and option is None else None
    if option is not None or file is not None:
        raise UsageError("give one of --token, --token-file and --token-command, not several")
    source = TokenCommand(command)
    return source.renew(), source

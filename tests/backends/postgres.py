"""A PostgreSQL of the tests' own: on loopback, in a temporary folder, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

DEBIAN = Path("/usr/lib/postgresql")
# It runs for minutes and holds nothing of worth.
CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
SMALL = ("shared_buffers=16MB", "max_connections=60")


class MissingError(Exception):
    """There is no PostgreSQL here, or nobody to run it as; the message says which."""


@dataclass
class Postgres:
    """A running server; `database` gives the URL of a new, empty database."""

    port: int
    password: str
    user: str
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def database(self) -> str:
        """Make a database, and give its URL for SQLAlchemy."""
        import psycopg  # noqa: PLC0415 - where PostgreSQL is missing it may be as well

        name = f"courses_{next(self._numbers)}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self._url(name).replace("postgresql:", "postgresql+psycopg:")

    def _url(self, database: str) -> str:
        return f"postgresql://{self.user}:{self.password}@127.0.0.1:{self.port}/{database}"


@contextlib.contextmanager
def running() -> Iterator[Postgres]:
    """Start a server; raise MissingError where there is none to start."""
    programs = _programs()
    # PostgreSQL refuses to run as root; Debian's package makes a user for it.
    other = _other_user() if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="rk-postgres-"))
    user, password = "courses", secrets.token_hex(16)
    try:
        (folder / "password").write_text(password)
        if other is not None:
            for path in (folder, folder / "password"):
                shutil.chown(path, other)
        data, log = folder / "data", folder / "log"
        _run(
            other,
            *(programs / "initdb", "-D", data, "-U", user, "--pwfile", folder / "password"),
            *("--auth=scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
        )
        port = _free_port()
        settings = [
            f"port={port}",
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            *CARELESS,
            *SMALL,
        ]
        options = " ".join(f"-c {setting}" for setting in settings)
        _run(other, programs / "pg_ctl", "start", "-w", "-D", data, "-l", log, "-o", options)
        try:
            yield Postgres(port, password, user)
        finally:
            _run(other, programs / "pg_ctl", "stop", "-w", "-m", "immediate", "-D", data)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    folders = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if folders:
        return folders[-1].parent
    if on_path:
        return Path(on_path).resolve().parent
    raise MissingError("PostgreSQL is not installed (apt-get install postgresql)")


def _other_user() -> str:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise MissingError("PostgreSQL does not run as root, and there is no user postgres or nobody")


def _run(user: str | None, *command: str | Path) -> None:
    words = [str(word) for word in command]
    if user is not None:
        words = ["runuser", "-u", user, "--", *words]
    # pg_ctl hands its output on to the server, so that a pipe would never end.
    with tempfile.TemporaryFile() as output:
        code = subprocess.run(words, cwd="/", stdout=output, stderr=output, check=False).returncode
        output.seek(0)
        assert code == 0, f"{words}: {output.read().decode()}"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])

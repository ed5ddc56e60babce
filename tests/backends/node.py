"""What the Express backend needs of Node, installed once in the versions of its lock."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent / "express"
INSTALLED = HERE / "node_modules"
STAMP = INSTALLED / ".installed"
OLDEST = 20


class MissingError(Exception):
    """There is no Node here, or nowhere to install from; the message says which."""


def installed() -> Path:
    """Install what is missing, and give Node; raise MissingError where that cannot be."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise MissingError("node and npm are not on the PATH")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.removeprefix("v").split(".")[0]) < OLDEST:
        raise MissingError(f"node is {version.strip()}, older than {OLDEST}")
    # One at a time, where tests run in several processes.
    with (HERE / "package.json").open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
        if not STAMP.is_file() or STAMP.read_text() != wanted:
            command = [npm, "ci", "--loglevel=error"]
            done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
            if done.returncode:
                raise MissingError(f"npm cannot install express: {done.stderr.strip()[:200]}")
            STAMP.write_text(wanted)
    return Path(node)

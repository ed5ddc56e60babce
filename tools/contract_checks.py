"""Hold the contract against the tools frontend developers use; needs Node, and nothing of Python.

    python tools/contract_checks.py [FILE]

Spectral's rules for OpenAPI have to find nothing, and openapi-typescript has to make types of it
that tools/contract/using_types.ts compiles with. What is needed is installed once, into
tools/contract/node_modules, in the versions of the lock there. Exits 0 if all is well, or if there
is no Node here or nowhere to install from, which it says; 1 if not.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent / "contract"
CONTRACT = HERE.parent.parent / "spec" / "openapi.yaml"
TOOLS = HERE / "node_modules"
STAMP = TOOLS / ".installed"
# Files tsc reads; the types it is to read beside them are made anew each time.
TYPESCRIPT = ("tsconfig.json", "using_types.ts")


def main() -> int:
    """Install what is missing, run all checks, and say which failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", type=Path, default=CONTRACT, metavar="FILE")
    parser.add_argument(
        "--no-install", action="store_true", help="skip the checks where the tools are not there"
    )
    options = parser.parse_args()
    reason = not_ready(install=not options.no_install)
    if reason:
        print(f"skipped: {reason}")
        return 0
    failed = [name for name, check in CHECKS.items() if not check(options.file.resolve())]
    print(f"failed: {', '.join(failed)}" if failed else f"passed: {', '.join(CHECKS)}")
    return 1 if failed else 0


def not_ready(*, install: bool) -> str | None:
    """Say why the checks cannot run here, or None if they can; install the tools if told to."""
    npm = shutil.which("npm")
    if shutil.which("node") is None or npm is None:
        return "node and npm are not on the PATH"
    wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    if STAMP.is_file() and STAMP.read_text() == wanted:
        return None
    if not install:
        return f"the tools are not installed; `python tools/{Path(__file__).name}` does that"
    if subprocess.run([npm, "ci", "--loglevel=error"], cwd=HERE, check=False).returncode:
        return f"npm cannot install what {HERE / 'package-lock.json'} lists"
    STAMP.write_text(wanted)
    return None


def spectral(contract: Path) -> bool:
    """Lint the contract with Spectral's rules for OpenAPI, hints included."""
    rules = HERE / ".spectral.yaml"
    return run("spectral", "lint", "--ruleset", rules, "--fail-severity", "hint", contract)


def typescript(contract: Path) -> bool:
    """Make types of the contract and compile the file that uses them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in TYPESCRIPT:
            shutil.copy(HERE / file, folder)
        types = folder / "generated" / "contract.ts"
        return run("openapi-typescript", contract, "--output", types) and run("tsc", "-p", folder)


def run(tool: str, *arguments: str | Path) -> bool:
    """Run an installed tool, its output shown; tell whether it was content."""
    command = [str(TOOLS / ".bin" / tool), *map(str, arguments)]
    return subprocess.run(command, cwd=HERE, check=False).returncode == 0


CHECKS = {"spectral": spectral, "typescript": typescript}


if __name__ == "__main__":
    sys.exit(main())

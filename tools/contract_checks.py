"""Check the contract with tools for frontend developers. Needs Node, and no Python packages.

    python tools/contract_checks.py [FILE]

Spectral must report nothing, and tools/contract/using_types.ts must compile with the types that
openapi-typescript generates. The tools are installed once into tools/contract/node_modules, in the
locked versions. Exits with 1 if a check fails, and with 0 and a message if Node or the registry is
not available.
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
# The files for tsc. The types beside them are generated for each run.
TYPESCRIPT = ("tsconfig.json", "using_types.ts")


def main() -> int:
    """Install missing tools, run all checks, and print which failed."""
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
    """Return why the checks cannot run, or None if they can. Installs the tools if requested."""
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
    """Generate types from the contract, and compile the file that uses them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in TYPESCRIPT:
            shutil.copy(HERE / file, folder)
        types = folder / "generated" / "contract.ts"
        return run("openapi-typescript", contract, "--output", types) and run("tsc", "-p", folder)


def run(tool: str, *arguments: str | Path) -> bool:
    """Run an installed tool, show its output, and return whether it succeeded."""
    command = [str(TOOLS / ".bin" / tool), *map(str, arguments)]
    return subprocess.run(command, cwd=HERE, check=False).returncode == 0


CHECKS = {"spectral": spectral, "typescript": typescript}


if __name__ == "__main__":
    sys.exit(main())

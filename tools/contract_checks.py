"""Check the contract with tools for frontend developers. Needs Node, and no Python packages.

    python tools/contract_checks.py [--clients] [--pages] [--install] [FILE]

Spectral must report nothing, and tools/contract/using_types.ts must compile with the types that
openapi-typescript generates. With --clients, the clients that openapi-generator,
openapi-typescript, orval and hey-api generate must compile, and have the types of
tools/contract/clients/clients.ts. With --pages, the tools in docs/how-to/test-a-page.md are
installed, too, for the test of that page. The tools are installed once, in the locked versions,
beside these files; with --install, nothing is checked. openapi-generator is used if
`openapi-generator-cli` is installed, as in `tox run -e contract`. Exits with 1 if a check fails,
and with 0 and a message if Node or the registry is not available.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent / "contract"
CONTRACT = HERE.parent.parent / "spec" / "openapi.yaml"
CLIENTS = HERE / "clients"
PAGES = HERE / "pages"
GENERATOR = "openapi-generator-cli"
ORVAL = ("--client", "fetch")


def main() -> int:
    """Install missing tools, run all checks, and print which failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", type=Path, default=CONTRACT, metavar="FILE")
    parser.add_argument(
        "--no-install", action="store_true", help="skip the checks where the tools are not there"
    )
    parser.add_argument("--install", action="store_true", help="install the tools, check nothing")
    parser.add_argument("--clients", action="store_true", help="compile generated clients as well")
    parser.add_argument("--pages", action="store_true", help="install the tools of test-a-page.md")
    options = parser.parse_args()
    checks = {"spectral": spectral, "typescript": typescript}
    if options.clients:
        checks["clients"] = clients
    more = {CLIENTS: options.clients, PAGES: options.pages}
    folders = (HERE, *(folder for folder, wanted in more.items() if wanted))
    for folder in folders:
        if reason := not_ready(folder, install=not options.no_install):
            print(f"skipped: {reason}")
            return 0
    if options.install:
        return 0
    failed = [name for name, check in checks.items() if not check(options.file.resolve())]
    print(f"failed: {', '.join(failed)}" if failed else f"passed: {', '.join(checks)}")
    return 1 if failed else 0


def not_ready(folder: Path, *, install: bool) -> str | None:
    """Return why a folder's tools cannot run, or None if they can. Installs them if requested."""
    npm = shutil.which("npm")
    if shutil.which("node") is None or npm is None:
        return "node and npm are not on the PATH"
    lock = folder / "package-lock.json"
    stamp = folder / "node_modules" / ".installed"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return None
    if not install:
        return f"the tools are not installed; `python tools/{Path(__file__).name}` does that"
    if subprocess.run([npm, "ci", "--loglevel=error"], cwd=folder, check=False).returncode:
        return f"npm cannot install what {lock} lists"
    stamp.write_text(wanted)
    return None


def spectral(contract: Path) -> bool:
    """Lint the contract with Spectral's rules for OpenAPI, hints included."""
    rules = HERE / ".spectral.yaml"
    return run("spectral", "lint", "--ruleset", rules, "--fail-severity", "hint", contract)


def typescript(contract: Path) -> bool:
    """Generate types from the contract, and compile the file that uses them."""
    with copied(HERE) as folder:
        types = folder / "generated" / "contract.ts"
        return run("openapi-typescript", contract, "--output", types) and run("tsc", "-p", folder)


def clients(contract: Path) -> bool:
    """Generate a client with each generator, compile all of them, and compare their types."""
    with copied(CLIENTS) as folder:
        to = folder / "generated"
        made = (
            run(
                "openapi-typescript", contract, "--output", to / "openapi-typescript.ts", of=CLIENTS
            )
            and run("orval", *ORVAL, "--input", contract, "--output", to / "orval.ts", of=CLIENTS)
            and run("openapi-ts", "--input", contract, "--output", to / "heyapi", of=CLIENTS)
            and openapi_generator(contract, folder, to / "generator")
        )
        return made and run("tsc", "-p", folder, of=CLIENTS)


def openapi_generator(contract: Path, folder: Path, to: Path) -> bool:
    """Generate a client with openapi-generator, or leave it out of what is compared."""
    program = shutil.which(GENERATOR)
    if program is None:
        print(f"{GENERATOR} is not on the PATH; its client is left out")
        source = folder / "clients.ts"
        lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
        source.write_text("".join(each for each in lines if "OfGenerator" not in each))
        return True
    command = [program, "generate", "-g", "typescript-fetch", "-i", str(contract), "-o", str(to)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    print(done.stdout + done.stderr if done.returncode else f"openapi-generator: {to.name}")
    return done.returncode == 0


@contextlib.contextmanager
def copied(folder: Path) -> Iterator[Path]:
    """Copy the files for tsc to a temporary folder, beside which a run generates its types."""
    with tempfile.TemporaryDirectory() as name:
        for file in (*folder.glob("*.ts"), folder / "tsconfig.json"):
            shutil.copy(file, name)
        yield Path(name)


def run(tool: str, *arguments: str | Path, of: Path = HERE) -> bool:
    """Run an installed tool, show its output, and return whether it succeeded."""
    command = [str(of / "node_modules" / ".bin" / tool), *map(str, arguments)]
    return subprocess.run(command, cwd=of, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())

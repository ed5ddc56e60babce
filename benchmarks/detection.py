"""Count which of the catalogue's faults `st run` finds with the same contract, and which the suite.

    python benchmarks/detection.py [--every 10] [--only NAME] [--examples 100] [--markdown FILE]

Schemathesis is as strict as possible without reporting the stub itself: the list is written into
the path, only 200 counts as accepted and only 4xx as rejected, methods that are not in the contract
are left out, and nothing is stored between runs. For Schemathesis, any failure counts as found,
even a side effect; for the suite, only a failure of the requirement that the fault breaks.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ruangkerja.conformance.suite.selftest import TOKEN, FaultRunner, FaultyServer
from ruangkerja.mock.faults import CATALOGUE
from ruangkerja.spec.contract import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ruangkerja.mock.faults import Fault
    from ruangkerja.spec.contract import Contract

CONFIGURATION = f"""
[generation]
max-examples = EXAMPLES
database = "none"
[phases.coverage]
unexpected-methods = []
[headers]
Authorization = "{TOKEN}"
[checks]
missing_required_header.enabled = false
positive_data_acceptance.expected-statuses = [200]
negative_data_rejection.expected-statuses = [{", ".join(map(str, range(400, 500)))}]
"""
SEED = "1"


@dataclass(frozen=True)
class Row:
    """A fault, and who found it."""

    fault: Fault | None
    ours: bool
    theirs: bool
    checks: Sequence[str]
    seconds: tuple[float, float]


def main() -> int:
    """Try the faults, and print each result and the totals."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", action="append", choices=list(CATALOGUE), metavar="NAME")
    parser.add_argument("--every", type=int, default=1, help="try every nth fault of the catalogue")
    parser.add_argument("--examples", type=int, default=100, help="examples of the fuzzing phase")
    parser.add_argument("--markdown", type=Path, help="a file to write the table to")
    options = parser.parse_args()
    names = options.only or list(CATALOGUE)[:: options.every]
    contract = load()
    with tempfile.TemporaryDirectory() as folder:
        st = Schemathesis(contract, Path(folder), options.examples)
        with FaultRunner(contract) as session, FaultyServer(contract, tokens=(TOKEN,)) as server:
            clean = _try(None, session, server, st)
            print(_line(clean), flush=True)  # noqa: T201
            rows = []
            for name in names:
                rows.append(_try(CATALOGUE[name], session, server, st))
                print(_line(rows[-1]), flush=True)  # noqa: T201
    ours, theirs = sum(row.ours for row in rows), sum(row.theirs for row in rows)
    conclusion = (
        f"Of {len(rows)} faults the suite found {ours} by their own requirement; st run found "
        f"{theirs} in any way ({options.examples} examples, seed {SEED})."
    )
    print(conclusion)  # noqa: T201
    if clean.theirs:
        print("st run calls the stub itself faulty:", ", ".join(clean.checks))  # noqa: T201
    if options.markdown:
        table = ["| fault | requirement | suite | st run |", "| --- | --- | --- | --- |"]
        table += [_markdown(row) for row in rows]
        options.markdown.write_text("\n".join([*table, "", conclusion, ""]), encoding="utf-8")
    return 0


def _try(fault: Fault | None, session: FaultRunner, server: FaultyServer, st: Schemathesis) -> Row:
    began = time.perf_counter()
    trial = session.attempt(fault)
    between = time.perf_counter()
    server.faulty.fault = fault
    server.faulty.reset()
    checks = st.run(server.url)
    seconds = (between - began, time.perf_counter() - between)
    return Row(fault, trial.is_found if fault else bool(trial.red), bool(checks), checks, seconds)


class Schemathesis:
    """`st run` with the configuration of the comparison."""

    def __init__(self, contract: Contract, folder: Path, examples: int) -> None:
        self._folder = folder
        self._spec = folder / "contract.yaml"
        self._spec.write_text(yaml.safe_dump(_pinned(contract), sort_keys=False), encoding="utf-8")
        self._configuration = folder / "schemathesis.toml"
        text = CONFIGURATION.replace("EXAMPLES", str(examples))
        self._configuration.write_text(text, encoding="utf-8")

    def run(self, url: str) -> list[str]:
        """Run it against a server, and return the names of the checks that failed."""
        report = self._folder / "report.json"
        report.unlink(missing_ok=True)
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", self._configuration]
        command += ["run", self._spec, "--url", url, "--seed", SEED]
        command += ["--report", "json", "--report-json-path", report]
        done = subprocess.run(  # noqa: S603 - the command stands above
            list(map(str, command)), cwd=self._folder, check=False, capture_output=True, text=True
        )
        if not report.exists():
            raise SystemExit(f"st run did not run: {done.stdout}{done.stderr}")
        found = json.loads(report.read_text(encoding="utf-8"))
        failed = sorted({str(each["title"]) for each in found["failures"]})
        return failed or (["errors"] if done.returncode else [])


def _pinned(contract: Contract) -> dict[str, Any]:
    """Return the contract with its examples written into the paths, so no other list is read."""
    document: dict[str, Any] = json.loads(json.dumps(contract.document))
    for operation in contract.operations:
        _, path, method = operation.place
        item = document["paths"].pop(path)
        located = {p.name: str(p.example) for p in operation.located("path")}
        for name, value in located.items():
            path = path.replace(f"{{{name}}}", value)
        item[method]["parameters"] = [_open(document, p) for p in item[method]["parameters"]]
        item[method]["parameters"] = [
            p for p in item[method]["parameters"] if p["name"] not in located
        ]
        document["paths"][path] = item
    return document


def _open(document: dict[str, Any], parameter: dict[str, Any]) -> dict[str, Any]:
    """Return a parameter without its format, as a page beyond 64 bits may be empty, too."""
    if "$ref" in parameter:
        component = parameter["$ref"].rpartition("/")[2]
        parameter = document["components"]["parameters"][component]
    schema = {name: value for name, value in parameter["schema"].items() if name != "format"}
    return {**parameter, "schema": schema}


def _line(row: Row) -> str:
    name = row.fault.name if row.fault else "(no fault)"
    ours, theirs = ("found" if found else "-" for found in (row.ours, row.theirs))
    times = " ".join(f"{seconds:5.1f} s" for seconds in row.seconds)
    return f"{name:<56}{ours:<7}{theirs:<7}{times}  {', '.join(row.checks)}"


def _markdown(row: Row) -> str:
    fault = row.fault
    name, requirement = (fault.name, fault.requirement) if fault else ("", "")
    ours, theirs = ("found" if found else "" for found in (row.ours, row.theirs))
    checks = f": {', '.join(row.checks)}" if row.checks else ""
    return f"| {name} | {requirement} | {ours} | {theirs}{checks} |"


if __name__ == "__main__":
    sys.exit(main())

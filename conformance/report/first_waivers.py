"""A new waiver file with an entry for each failed requirement; its reasons are left empty."""

from __future__ import annotations

import glob
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import yaml

from ...spec.visible import line

if TYPE_CHECKING:
    from pathlib import Path

    from ..http.target import Target
    from ..rules.verdict import Verdict
    from .model import Run

# Until somebody has decided how long a failure is accepted.
_FIRST_DAYS = 30
_HEADER = """\
# Failures that are accepted for a limited time. Each waiver needs a reason: why the failure is
# accepted, and what will change. After the date in `expires` the failure counts again. Remove a
# waiver when its failure no longer occurs.
"""


def write_starting_file(path: Path, run: Run) -> list[Verdict]:
    """Write a waiver for each failed requirement, and return their verdicts.

    The reasons are empty; a file with empty reasons is refused. Raises FileExistsError if the file
    exists, and OSError if it cannot be written.
    """
    failed = [verdict for verdict in run.verdicts if run.fails(verdict) and verdict.findings]
    text = _HEADER + "".join(_entry(run, verdict) for verdict in failed)
    with path.open("x", encoding="utf-8") as file:
        file.write(text if failed else f"{_HEADER}[]\n")
    return failed


def _entry(run: Run, verdict: Verdict) -> str:
    today = datetime.fromtimestamp(run.started, UTC).date()
    entry = {
        "requirement": verdict.requirement.id,
        "target": pattern_of(run.target),
        "reason": "",
        "expires": str(today + timedelta(days=_FIRST_DAYS)),
        "ticket": "",
    }
    text = yaml.safe_dump([entry], sort_keys=False, allow_unicode=True, width=1000)
    found = [f"{verdict.requirement.title}", *(finding.message for finding in verdict.findings[:1])]
    said = "".join(f"# {line(each)}\n" for each in found)
    return f"\n{said}{text}"


def pattern_of(target: Target) -> str:
    """Return the pattern for a target, with any port if it is on this machine."""
    url = glob.escape(target.url)
    if target.is_loopback:
        return re.sub(rf":{target.port}(?=/|$)", ":*", url, count=1)
    return url

"""A first file of waivers: everything that fails in a run, for people to add the reasons."""

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

# How long a waiver lasts that nobody has thought about yet.
_FIRST_DAYS = 30
_HEADER = """\
# Failures that are accepted for a while. Each one needs a reason: why it is accepted, and what will
# change. After the day of `expires` it counts as a failure again; one that no longer happens has to
# be removed.
"""


def write_starting_file(path: Path, run: Run) -> list[Verdict]:
    """Write waivers of everything that fails a run, and give what they waive.

    Their reasons are left to people, and until they have some the file is refused. Raises
    FileExistsError where there is a file already, and OSError where none can be made.
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
    """Give the pattern of a target; a port of this machine is another one next time."""
    url = glob.escape(target.url)
    if target.is_loopback:
        return re.sub(rf":{target.port}(?=/|$)", ":*", url, count=1)
    return url

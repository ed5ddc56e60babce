"""A check: survey a target, judge what came, write the reports."""

from __future__ import annotations

import contextlib
import io
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from ..spec.register import Level
from .client import Client
from .plugin import ITEMS, Judges
from .report import as_json
from .report.model import Run
from .survey import NotJudgedError, Order, Survey
from .verdict import exit_code

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from .target import Target


@dataclass(frozen=True, slots=True)
class Options:
    """How a check is carried out; `timeout` is in seconds, `rate` in requests a second."""

    fail_on: Level = Level.MUST
    report_dir: Path | None = None
    timeout: float = 10.0
    rate: float | None = None
    shown: Mapping[str, object] = field(default_factory=dict)


def check(target: Target, order: Order, options: Options, note: Callable[[str], None]) -> Run:
    """Check a target; raise NotJudgedError where nothing could be judged.

    Reports are written to `options.report_dir` when the run is finished, each under its final name
    only when it is whole.
    """
    started, clock = time.time(), time.monotonic()
    with Client(
        target,
        timeout=options.timeout,
        rate=options.rate,
        max_requests=order.limit,
        secrets=(order.token,),
    ) as client:
        evidence = Survey(order, client, note).run()
    judges = Judges(evidence, fail_on=options.fail_on)
    junit = _judged_by_pytest(judges, options.report_dir)
    verdicts = [judges.verdicts[requirement.id] for requirement in order.contract.register]
    run = Run(
        target=target,
        evidence=evidence,
        verdicts=verdicts,
        exit=exit_code(verdicts, fail_on=options.fail_on),
        configuration=options.shown,
        tokens=(order.token,),
        started=started,
        duration=time.monotonic() - clock,
    )
    if options.report_dir is not None:
        _write(options.report_dir / "report.json", as_json.render(run))
        if junit is not None:
            text = junit.read_text(encoding="utf-8")
            junit.unlink()
            _write(options.report_dir / "junit.xml", run.redaction.text(text))
    return run


# The other family has no place for the properties of an item.
_XUNIT = ("-o", "junit_family=xunit1")


def _judged_by_pytest(judges: Judges, report_dir: Path | None) -> Path | None:
    """Run the items; give the unfinished junit.xml, None where none was asked for."""
    # A run judges alike wherever it is started: no plugin, no option and no file of the place.
    surroundings = {
        "PYTEST_ADDOPTS": "",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_PLUGINS": "",
    }
    junit = report_dir / f".junit-{os.getpid()}.xml" if report_dir else None
    arguments = [
        *("-c", os.devnull, "--rootdir", str(ITEMS.parent), "--noconftest"),
        *("--import-mode=importlib", "-p", "no:cacheprovider", "-q"),
        *(("--junitxml", str(junit), "-o", "junit_suite_name=ruangkerja", *_XUNIT) if junit else ()),
        str(ITEMS),
    ]
    silent = io.StringIO()
    with _environment(surroundings), contextlib.redirect_stdout(silent):
        code = pytest.main(arguments, plugins=[judges])
    if code not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        said = " ".join("\n".join([*judges.broken, silent.getvalue()]).split())
        raise NotJudgedError(f"pytest did not run the rules (exit {int(code)}): {said[-2000:]}")
    return junit


@contextlib.contextmanager
def _environment(values: Mapping[str, str]):  # type: ignore[no-untyped-def]
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _write(path: Path, text: str) -> None:
    """Write a file so that under its name there is always a whole one."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)

"""Judging: from evidence to a run and its reports, whoever gathered the evidence."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ...spec.register import Level
from ..evidence.coverage import Coverage, coverage_of
from ..privacy.pseudonymizer import Pseudonymizer, key_of
from ..privacy.published import Published
from ..report import as_html, as_json, as_junit, as_markdown
from ..report.model import Run
from ..report.waivers import Waivers
from ..rules import rules_for
from ..rules.verdict import Exit, exit_code, judge, together
from . import replay

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ...spec.contract import Contract
    from ..evidence.evidence import Evidence
    from ..http.exchange import Exchange
    from ..http.target import Target
    from ..report.waivers import Waiver
    from ..rules.verdict import Verdict


class NotJudgedError(Exception):
    """Nothing can be judged: the message says why, and what to do about it."""


@dataclass(frozen=True, slots=True)
class JudgeOptions:
    """How evidence is judged and reported.

    `tokens` are the secrets of the run; `shown` is what was asked for, without secrets. With
    `overheard` the requests were sent by others, for reasons of their own: what they never showed
    is listed, and does not keep the run from being conforming. `show_data` says whether reports
    have what the server says about people; None for a server on this machine alone. `secret` keys
    the fakes that stand for people, and the tokens do where it is empty. Below
    `require_coverage`, in percent, a run fails that would be conforming.
    """

    fail_on: Level = Level.MUST
    report_dir: Path | None = None
    shown: Mapping[str, object] = field(default_factory=dict)
    show_data: bool | None = None
    waivers: tuple[Waiver, ...] = ()
    require_coverage: int | None = None
    passive: bool = False
    secret: str = ""


@dataclass(frozen=True, slots=True)
class PreviousResults:
    """What was judged of a run before, and of which the evidence is kept no more.

    `verdicts` are by requirement, and shown as others may see them; so are `exchanges`, those that
    findings refer to. `count` is how many exchanges there were in all, `coverage` what they showed.
    """

    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    exchanges: tuple[Exchange, ...] = ()
    count: int = 0
    coverage: Coverage = field(default_factory=Coverage)


_NOTHING = PreviousResults()


def conclude(  # noqa: PLR0913 - all by name
    evidence: Evidence,
    target: Target,
    judge_options: JudgeOptions,
    *,
    started: float,
    duration: float,
    previous: PreviousResults = _NOTHING,
) -> Run:
    """Judge evidence, and write the reports; raise NotJudgedError where the rules could not run.

    `started` is in seconds since 1970-01-01 UTC, `duration` in seconds. Reports are written to
    `terms.report_dir`, each under its final name only when it is whole.
    """
    waivers = Waivers(
        judge_options.waivers, target.url, datetime.fromtimestamp(started, UTC).date()
    )
    published = Published(evidence, pseudonymizer_of(evidence.contract, target, judge_options))

    def finish(verdict: Verdict) -> Verdict:
        shown = published.verdict(verdict)
        before = previous.verdicts.get(verdict.requirement.id)
        return waivers.apply(together(before, shown) if before else shown)

    rules = rules_for(evidence.contract)
    verdicts = [finish(judge(evidence, r, rules[r.id])) for r in evidence.contract.register]
    found = exit_code(verdicts, fail_on=judge_options.fail_on, passive=judge_options.passive)
    coverage = previous.coverage.together(coverage_of(evidence))
    if found is Exit.CONFORMING and coverage.percent < (judge_options.require_coverage or 0):
        found = Exit.NOT_CONFORMING
    if found is Exit.CONFORMING and not (previous.count or evidence.answered):
        found = Exit.NOT_JUDGED
    run = Run(
        target=target,
        evidence=replace(
            published.evidence, exchanges=[*previous.exchanges, *published.evidence.exchanges]
        ),
        verdicts=verdicts,
        exit=found,
        configuration=judge_options.shown,
        started=started,
        duration=duration,
        fail_on=judge_options.fail_on,
        waivers=waivers,
        passive=judge_options.passive,
        coverage=coverage,
        require_coverage=judge_options.require_coverage,
        unkept=previous.count - len(previous.exchanges) + evidence.let_go,
    )
    if judge_options.report_dir is not None:
        _write(judge_options.report_dir / "report.json", as_json.render(run))
        _write(judge_options.report_dir / "report.html", as_html.render(run))
        _write(judge_options.report_dir / "summary.md", as_markdown.render(run))
        _write(judge_options.report_dir / "junit.xml", as_junit.render(run))
        replay.write(run, judge_options.report_dir / "cases")
    return run


def pseudonymizer_of(
    contract: Contract, target: Target, judge_options: JudgeOptions
) -> Pseudonymizer | None:
    """Give what replaces people in reports, None where they are shown."""
    shown = target.is_loopback if judge_options.show_data is None else judge_options.show_data
    if shown:
        return None
    key = key_of(contract, target.url, judge_options.secret)
    return Pseudonymizer(contract, target.prefix, key)


def _write(path: Path, text: str) -> None:
    """Write a file so that under its name there is always a whole one."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)

"""The results of mutants as text: what was found by place and by operator, and what survived."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ...spec.visible import cut
from .report import Fate, grouped, number_found, place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .report import MutantResult, MutationReport


def render(report: MutationReport) -> str:
    """Return what was found by place and by operator, and what survived."""
    lines = ["", click.style("Found by place", bold=True)]
    lines += _table(report.counted, lambda result: place_of(result.of))
    lines += ["", click.style("Found by operator", bold=True)]
    lines += _table(report.counted, lambda result: result.of.operator.name)
    lines += ["", click.style("Not always found", bold=True)]
    for of, own in report.survivors().items():
        lines.append(
            f"  {place_of(of)}: {of.operator.does} ({number_found(own)} of {len(own)} found)"
        )
        lines.append(f"      {report.reason(of)}")
        lines += [f"      {cut(r.request)}" for r in own if r.fate is not Fate.FOUND]
    lines += ["", click.style("Allowed", bold=True)]
    for reason, own in grouped(report.allowed, lambda result: report.reason(result.of)).items():
        lines.append(f"  {len(own)} changes: {reason}")
        for result in own:
            if result.fate is Fate.FOUND:
                what = f"{place_of(result.of)}: {result.of.operator.does}"
                lines.append(f"  - found, although it conforms: {what} ({', '.join(result.red)})")
    lines.append(f"  {report.left_out_words}")
    for requirement, message in report.clean.red.items():
        lines.append(f"  - the stub without a mutant fails {requirement}: {message}")
    colour = "green" if report.is_passed else "red"
    end = click.style(f"{report.conclusion()} (seed {report.seed})", fg=colour, bold=True)
    return "\n".join([*lines, "", end])


def _table(results: Iterable[MutantResult], key: Callable[[MutantResult], str]) -> list[str]:
    return [
        f"  {name:<52}{number_found(own):>4} of {len(own):>3}  {number_found(own) / len(own):>4.0%}"
        for name, own in grouped(results, key).items()
    ]

"""A run derived again: from evidence.json and exchanges.har to every file of its report."""

from __future__ import annotations

import io
import json
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ... import __version__
from ...spec.documents.source import SourceError
from ...spec.policy import PolicyError
from ...spec.visible import cut, line
from ..attestation import evidence_file, statement
from ..evidence.coverage import Coverage, coverage_of
from ..freedoms.taken import taken_in
from ..http.target import Target
from ..report import har
from ..report.folder import EVIDENCE, STATEMENT
from ..report.recording import WHOLE
from ..report.waivers import matcher_of
from ..rules.verdict import Exit, judge_all
from .judge import Judged, JudgeOptions, run_of
from .reports import contents, pages

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..attestation.evidence_file import RecordedEvidence
    from ..http.exchange import Exchange
    from ..report.model import Run
    from ..rules.verdict import Verdict

_LONGEST = 200


class NotDerivableError(ValueError):
    """Nothing can be judged anew, and nobody changed anything; the message says what to do."""


class UnfitError(ValueError):
    """The files fit no run of this version: they were changed. The message is one sentence."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A run, judged anew, and the text of each of its files.

    `kept` are the requirements whose verdict is taken from evidence.json.
    """

    run: Run
    kept: tuple[str, ...]
    texts: Mapping[str, str]


def derive(evidence: bytes, exchanges: bytes, stated: bytes) -> Derived:
    """Judge recorded exchanges anew, and render all files.

    The arguments are the contents of evidence.json, exchanges.har and statement.json. Raises
    NotDerivableError if they were written by another version, and UnfitError if they do not fit.
    """
    try:
        _require_version(evidence_file.version_of(evidence))
        recorded = evidence_file.read(evidence)
        target = Target.parse(recorded.target)
        entries = json.loads(exchanges)["log"]["entries"]
        sent = [har.exchange_of(entry, target) for entry in entries]
        digests = statement.read(stated).digests
        run = _run(recorded, target, sent)
    except (NotDerivableError, UnfitError):
        raise
    except (SourceError, PolicyError, ValueError, TypeError, LookupError, AttributeError) as error:
        told = cut(line(f"{type(error).__name__}: {error}"), _LONGEST)
        raise UnfitError(f"the exchanges cannot be judged anew ({told})") from error
    texts = dict(contents(run))
    texts[WHOLE], texts[EVIDENCE] = _har(run, sent), recorded.text()
    # Whether the files have these digests is another question.
    texts[STATEMENT] = statement.render(run, {name: digests.get(name, "") for name in texts})
    texts |= pages(replace(run, statement=statement.digest_of(stated)))
    return Derived(run, tuple(each.requirement for each in recorded.kept), texts)


def _require_version(version: str) -> None:
    if version != __version__:
        what = f"the reports were written by version {line(version)}, and this is {__version__}"
        raise NotDerivableError(f"{what}; install that version to verify them")


def _run(recorded: RecordedEvidence, target: Target, exchanges: Sequence[Exchange]) -> Run:
    """Return the run, judged anew."""
    files, waivers = recorded.contract, recorded.waivers
    if files is None:
        what = "the files of the contract could not be read when the reports were written"
        raise NotDerivableError(f"nothing can be judged anew: {what}")
    with tempfile.TemporaryDirectory(prefix="ruangkerja-") as folder:
        contract = files.load(Path(folder))
        evidence = recorded.evidence(contract, target, exchanges)
        kept = {
            each.requirement: each.verdict(contract.register, waivers, evidence)
            for each in recorded.kept
        }
        found = judge_all(evidence, matcher_of(waivers))
        _check_kept(recorded, kept, found)
        coverage = coverage_of(evidence)
        if recorded.coverage is not None:
            seen = {each.point: each.count for each in recorded.coverage}
            coverage = Coverage(coverage.points, seen)
        taken = taken_in(evidence) if recorded.taken is None else recorded.taken.taken()
        verdicts = [kept.get(each.requirement.id, each) for each in found]
        run = run_of(
            Judged(evidence, verdicts, coverage, taken),
            target,
            JudgeOptions(
                fail_on=recorded.fail_on,
                shown=recorded.configuration,
                show_data=recorded.shows_data,
                waivers=waivers,
                require_coverage=recorded.require_coverage,
                passive=recorded.passive,
                stub=recorded.stub,
                mine=recorded.mine,
                labels=recorded.labels,
            ),
            started=recorded.started,
            duration=recorded.duration,
            ending=Exit(recorded.ending),
        )
    run.evidence.contract = files.as_named(contract)
    return replace(run, connecting=recorded.connecting)


def _check_kept(
    recorded: RecordedEvidence, kept: Mapping[str, Verdict], found: Iterable[Verdict]
) -> None:
    """Refuse recorded verdicts that nothing would have recorded."""
    if kept and recorded.shows_data:
        raise UnfitError("evidence.json has verdicts, though the reports show all data")
    if needless := [each.requirement.id for each in found if each == kept.get(each.requirement.id)]:
        ids = ", ".join(needless)
        raise UnfitError(f"evidence.json has verdicts that the exchanges give themselves: {ids}")


def _har(run: Run, exchanges: Sequence[Exchange]) -> str:
    file = io.StringIO()
    har.write(file, (json.dumps(har.entry(each, run.target)) for each in exchanges), run.labels)
    return file.getvalue()

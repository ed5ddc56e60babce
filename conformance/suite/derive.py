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
    from collections.abc import Iterable, Iterator, Mapping, Sequence

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

    `unshown` has the verdicts that depend on personal data, so that exchanges with pseudonyms do
    not show them as they are recorded.
    """

    run: Run
    unshown: tuple[str, ...]
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
        run, unshown = _run(recorded, target, sent)
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
    return Derived(run, unshown, texts)


def _require_version(version: str) -> None:
    if version != __version__:
        what = f"the reports were written by version {line(version)}, and this is {__version__}"
        raise NotDerivableError(f"{what}; install that version to verify them")


def _run(
    recorded: RecordedEvidence, target: Target, exchanges: Sequence[Exchange]
) -> tuple[Run, tuple[str, ...]]:
    """Return the run, judged anew, and the verdicts that the exchanges do not show."""
    if recorded.shows_data and recorded.kept:
        raise UnfitError("evidence.json has verdicts, though no personal data was replaced")
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
        verdicts = judge_all(evidence, matcher_of(waivers))
        coverage, taken = coverage_of(evidence), taken_in(evidence)
        unshown = tuple(_unshown(verdicts, kept))
        verdicts = [kept.get(each.requirement.id, each) for each in verdicts]
        if recorded.coverage is not None:
            seen = {each.point: each.count for each in recorded.coverage}
            coverage = Coverage(coverage.points, seen)
        if recorded.taken is not None:
            taken = recorded.taken.taken()
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
    return replace(run, connecting=recorded.connecting), unshown


def _unshown(verdicts: Iterable[Verdict], kept: Mapping[str, Verdict]) -> Iterator[str]:
    """Yield the verdicts that published exchanges do not show as they are recorded."""
    for verdict in verdicts:
        id_ = verdict.requirement.id
        recorded = kept.get(id_, verdict)
        if recorded.outcome is not verdict.outcome:
            yield f"{id_} (recorded as {recorded.outcome}, judged anew {verdict.outcome})"
        elif recorded != verdict:
            yield f"{id_} (its findings or their number)"


def _har(run: Run, exchanges: Sequence[Exchange]) -> str:
    file = io.StringIO()
    har.write(file, (json.dumps(har.entry(each, run.target)) for each in exchanges), run.labels)
    return file.getvalue()

"""A run derived again: from evidence.json and exchanges.har to every file of its report."""

from __future__ import annotations

import io
import json
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ... import __version__
from ...spec.documents.problems import SourceError
from ...spec.visible import cut, line
from ..evidence.coverage import Coverage, coverage_of
from ..freedoms.taken import taken_in
from ..http.target import Target
from ..judging.judge import Judged, JudgeOptions, run_of
from ..judging.reports import contents, pages
from ..reporting.archive import har
from ..reporting.archive.recording import WHOLE
from ..reporting.attestation import evidence_file, statement
from ..reporting.formats.folder import EVIDENCE, STATEMENT
from ..reporting.run.waivers import matcher_of
from ..verdicts.deciding import judge_all
from ..verdicts.verdict import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..http.exchange import Exchange
    from ..reporting.attestation.evidence_file import RecordedEvidence
    from ..reporting.attestation.kept import KeptResults
    from ..reporting.run.model import Run
    from ..reporting.run.waivers import Waiver

_Key = TypeVar("_Key")
_LONGEST = 200
# What values raise that no run has: of another type, too large, or nested too deeply.
_MISFITS = (
    SourceError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)


class NotDerivableError(ValueError):
    """Nothing can be judged anew, and nobody changed anything; the message says what to do."""


class UnfitError(ValueError):
    """The files fit no run of this version: they were changed. The message is one sentence."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A run, judged anew, and the text of each of its files.

    What depends on personal data, exchanges with pseudonyms do not show as it is recorded:
    `unshown` has such verdicts, `unseen` such points of coverage and freedoms.
    """

    run: Run
    unshown: tuple[str, ...]
    unseen: tuple[str, ...]
    texts: Mapping[str, str]


def derive(evidence: bytes, exchanges: bytes, stated: bytes) -> Derived:
    """Judge recorded exchanges anew, and render all files.

    The arguments are the contents of evidence.json, exchanges.har and statement.json. Raises
    NotDerivableError if they were written by another version, and UnfitError if they do not fit.
    """
    try:
        return _derived(json.loads(evidence), exchanges, stated)
    except (NotDerivableError, UnfitError):
        raise
    except _MISFITS as error:
        told = cut(line(f"{type(error).__name__}: {error}"), _LONGEST)
        raise UnfitError(f"the exchanges cannot be judged anew ({told})") from error


def _derived(document: object, exchanges: bytes, stated: bytes) -> Derived:
    _require_version(evidence_file.version_of(document))
    recorded = evidence_file.read(document)
    target = Target.parse(recorded.target)
    sent = [har.exchange_of(entry, target) for entry in json.loads(exchanges)["log"]["entries"]]
    run, unshown, unseen = _run(recorded, target, sent)
    texts = dict(contents(run))
    texts[WHOLE], texts[EVIDENCE] = _har(run, sent), recorded.text()
    # Whether the files have these digests is another question.
    digests = statement.read(stated).digests
    texts[STATEMENT] = statement.render(run, {name: digests.get(name, "") for name in texts})
    texts |= pages(replace(run, statement=statement.digest_of(stated)))
    return Derived(run, unshown, unseen, texts)


def _require_version(version: str) -> None:
    if version != __version__:
        what = f"the reports were written by version {line(version)}, and this is {__version__}"
        raise NotDerivableError(f"{what}; install that version to verify them")


def _run(
    recorded: RecordedEvidence, target: Target, exchanges: Sequence[Exchange]
) -> tuple[Run, tuple[str, ...], tuple[str, ...]]:
    """Return the run, judged anew, and what the exchanges do not show as it is recorded."""
    if recorded.shows_data and recorded.kept:
        raise UnfitError("evidence.json has verdicts, though no personal data was replaced")
    files, waivers = recorded.contract, recorded.waivers
    if files is None:
        what = "files of the contract were changed or removed before the reports were written"
        raise NotDerivableError(f"nothing can be judged anew: {what}; check again")
    with tempfile.TemporaryDirectory(prefix="ruangkerja-") as folder:
        contract = files.load(Path(folder))
        evidence = recorded.evidence(contract, target, exchanges)
        verdicts = judge_all(evidence, matcher_of(waivers))
        anew = judged = Judged(evidence, verdicts, coverage_of(evidence), taken_in(evidence))
        if recorded.kept is not None:
            judged = _as_recorded(recorded.kept, anew, waivers)
        run = run_of(
            judged,
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
    run = replace(run, connecting=recorded.connecting)
    return run, tuple(_unshown(judged, anew)), tuple(_unseen(judged, anew))


def _as_recorded(kept: KeptResults, anew: Judged, waivers: Sequence[Waiver]) -> Judged:
    """Return what was judged before pseudonyms replaced personal data."""
    register = anew.evidence.contract.register
    verdicts = {
        each.requirement: each.verdict(register, waivers, anew.evidence) for each in kept.verdicts
    }
    seen = {each.point: each.count for each in kept.coverage}
    return Judged(
        anew.evidence,
        [verdicts.get(each.requirement.id, each) for each in anew.verdicts],
        Coverage(anew.coverage.points, seen),
        kept.taken.taken(),
    )


def _unshown(recorded: Judged, anew: Judged) -> Iterator[str]:
    """Yield the verdicts that published exchanges do not show as they are recorded."""
    for own, verdict in zip(recorded.verdicts, anew.verdicts, strict=True):
        id_ = verdict.requirement.id
        if own.outcome is not verdict.outcome:
            yield f"{id_} (recorded as {own.outcome}, judged anew {verdict.outcome})"
        elif own != verdict:
            yield f"{id_} (its findings or their number)"


def _unseen(recorded: Judged, anew: Judged) -> Iterator[str]:
    """Yield the coverage and the freedoms that published exchanges do not show as recorded."""
    for point in _different(recorded.coverage.seen, anew.coverage.seen):
        yield f"coverage of {point.operation}: {point.label}"
    for name, operation in _different(recorded.taken.freedoms, anew.taken.freedoms):
        yield f"freedom {name} of {operation}"
    for operation in _different(recorded.taken.tried, anew.taken.tried):
        yield f"parameters sent to {operation}"


def _different(recorded: Mapping[_Key, object], anew: Mapping[_Key, object]) -> Iterator[_Key]:
    """Yield the keys with another value, in the order of the recording."""
    for key in dict.fromkeys((*recorded, *anew)):
        if recorded.get(key) != anew.get(key):
            yield key


def _har(run: Run, exchanges: Sequence[Exchange]) -> str:
    file = io.StringIO()
    har.write(file, (json.dumps(har.entry(each, run.target)) for each in exchanges), run.labels)
    return file.getvalue()

"""The audit: recordings of browsers, of proxies or of the suite itself are judged.

Each file is read twice, since a large one does not fit into memory: first to find its servers and
whether it contains credentials, then for the exchanges.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING

from ...conformance.http.target import Target
from ...conformance.judging.judge import JudgeOptions, report_ending
from ...conformance.records.request_parser import RequestParser
from ...conformance.reporting.archive.har import OF_CLIENTS
from ...conformance.reporting.run.model import NotJudgedError
from ...conformance.verdicts.verdict import Exit
from ...spec.secrets.masking import MASK
from ..batches import Batches
from ..passive import PassiveEvidence, undecidable
from ..sanitizer import Sanitizer
from .har import Base, entry_of, exchange_of
from .har_body import Aside
from .har_file import HarFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from ...conformance.http.exchange import Exchange
    from ...conformance.reporting.run.model import Run
    from ...spec.contract import Contract
    from .har import Entry

OWN = "ruangkerja"
"""The creator in the suite's own recordings."""
# Browsers leave these headers out of an export, unless it is one with sensitive data.
_LEFT_OUT = {"authorization", "cookie", "set-cookie", "proxy-authorization"}
# Creators that leave nothing out.
_FAITHFUL = {OWN, "mitmproxy"}
_MOST_SHOWN = 5


class AmbiguousError(Exception):
    """The recordings contain several servers; the message says how to choose one."""


@dataclass(slots=True)
class AuditSummary:
    """What recordings contain: the requests to each base URL, and to other paths.

    `hiding` are the files without credentials; `secret` keys the pseudonyms.
    """

    bases: Counter[Base] = field(default_factory=Counter)
    paths: Counter[str] = field(default_factory=Counter)
    entries: int = 0
    hiding: set[Path] = field(default_factory=set)
    secret: bytes = b""


@dataclass(frozen=True, slots=True)
class AuditConfig:
    """What to judge.

    `base` is None to find it in the recordings, `token` if it is not known. With `complete`, a MUST
    requirement that the recordings do not cover leaves the run incomplete.
    """

    contract: Contract
    files: Sequence[Path]
    base: Target | None = None
    token: str | None = None
    complete: bool = False


def audit(config: AuditConfig, judge_options: JudgeOptions) -> Run:
    """Judge recordings.

    Raises NotHarError for a file of another kind, AmbiguousError for several servers without a
    `base`, and NotJudgedError if no request is for an operation of the contract.
    """
    files = [HarFile(path) for path in config.files]
    survey = _survey(config, files)
    base = _base(config, survey)
    target = config.base or Target.parse(base.url)
    # The key of the pseudonyms, which a reader of the report alone cannot know.
    secret = blake2b(survey.secret, key=(config.token or "").encode()[:64]).hexdigest()
    judge_options = replace(judge_options, secret=secret, passive=not config.complete)
    reading = _SecondPass(config, survey, files, base)
    batches = Batches(reading.begin, target, judge_options)
    first = last = 0.0

    def concluded(ending: Exit = Exit.NOT_JUDGED) -> Run:
        return batches.conclude(started=first, duration=last - first, ending=ending)

    try:
        for exchange in reading.exchanges():
            first = min(first or exchange.started, exchange.started)
            last = max(last, exchange.started + exchange.duration)
            if batches.is_full:
                batches.close(batches.turn())
            batches.add(exchange)
        batches.notes += reading.notes(survey)
        _require_some(batches, base)
    except BaseException as error:
        report_ending(error, batches.evidence, batches.count, concluded)
        raise
    return concluded()


def _require_some(batches: Batches, base: Base) -> None:
    if not batches.count:
        why = "; ".join([f"no response of {base.url} can be judged", *batches.notes])
        raise NotJudgedError(why)


def _survey(config: AuditConfig, files: Iterable[HarFile]) -> AuditSummary:
    survey = AuditSummary()
    digest = blake2b()
    for file in files:
        carries = False
        for raw in file.entries():
            survey.entries += 1
            entry = entry_of(raw)
            if entry is None:
                continue
            carries = carries or _is_whole(entry)
            base = entry.base(config.contract)
            if base is not None:
                survey.bases[base] += 1
                digest.update(repr(raw.get("response")).encode("utf-8", "replace"))
            elif len(survey.paths) < 1000 or entry.path in survey.paths:  # noqa: PLR2004 - enough
                survey.paths[f"{entry.origin}{entry.path}"] += 1
        if not carries and file.creator not in _FAITHFUL:
            survey.hiding.add(file.path)
    survey.secret = digest.digest()
    return survey


def _is_whole(entry: Entry) -> bool:
    response = entry.raw.get("response")
    headers = response.get("headers") if isinstance(response, dict) else None
    names = [name for name, _ in entry.request.headers]
    names += [str(h.get("name")) for h in headers or () if isinstance(h, dict)]
    return any(name.lower() in _LEFT_OUT for name in names)


def _base(config: AuditConfig, survey: AuditSummary) -> Base:
    if config.base is not None:
        return Base(config.base.url.removesuffix(config.base.prefix), config.base.prefix)
    if len(survey.bases) > 1:
        found = ", ".join(f"{base.url} ({count})" for base, count in survey.bases.most_common())
        raise AmbiguousError(
            f"the recordings contain several servers: {found}. Choose one with --base-url"
        )
    if not survey.bases:
        shown = [path for path, _ in survey.paths.most_common(_MOST_SHOWN)]
        asked = f"; they request {', '.join(shown)}" if shown else ""
        wanted = " or ".join(f"{op.method} …{op.path}" for op in config.contract.operations)
        raise NotJudgedError(
            f"none of the {survey.entries} entries is for an operation of the contract{asked}. The "
            f"contract has {wanted}"
        )
    return next(iter(survey.bases))


@dataclass(slots=True)
class _SecondPass:
    """The second reading of the files: the exchanges of one base URL, and what was skipped."""

    config: AuditConfig
    survey: AuditSummary
    files: Sequence[HarFile]
    base: Base
    asides: Counter[Aside] = field(default_factory=Counter)
    _sanitizer: Sanitizer = field(init=False)
    _hiding: bool = field(init=False)

    def __post_init__(self) -> None:
        own = any(f.creator == OWN and f.comment != OF_CLIENTS for f in self.files)
        given = () if self.config.token is None else (self.config.token,)
        known = (*given, *((MASK,) if own else ()))
        self._sanitizer = Sanitizer(self.config.contract, known or None)
        self._hiding = bool(self.survey.hiding)

    def begin(self) -> PassiveEvidence:
        """Return evidence without exchanges."""
        reader = RequestParser(
            self.config.contract, prefix=self.base.prefix, tokens=self._sanitizer.tokens, known=None
        )
        evidence = PassiveEvidence(self.config.contract, reader, hides_tokens=self._hiding)
        if not self.config.complete and (self._hiding or self._sanitizer.tokens is None):
            evidence.not_sent.update(undecidable(self.config.contract, hidden=self._hiding))
        return evidence

    def exchanges(self) -> Iterator[Exchange]:
        """Yield the exchanges of the base URL, sanitized, and numbered as in the files."""
        number, before = 0, 0.0
        for file in self.files:
            for raw in file.entries():
                number += 1
                entry = entry_of(raw)
                if entry is None or entry.base(self.config.contract) != self.base:
                    self.asides[Aside.FOREIGN] += 1
                    continue
                found = exchange_of(entry, number, before, file.attached)
                if isinstance(found, Aside):
                    self.asides[found] += 1
                    continue
                before = found.started
                yield self._sanitizer(found)

    def notes(self, survey: AuditSummary) -> list[str]:
        """Return notes about what was skipped, and what could not be known."""
        found = [f"{self.asides[aside]} {aside.value}" for aside in Aside if self.asides[aside]]
        number = sum(self.asides.values())
        listed = f"skipped {number} of {survey.entries} entries: {', '.join(found)}"
        notes = [listed] if found else []
        notes += [file.problem for file in self.files if file.problem is not None]
        if self._hiding:
            names = ", ".join(sorted(str(path) for path in survey.hiding))
            notes.append(
                f"{names} contains no credentials, so which requests had a token is not known. "
                "Browsers keep credentials in an export with sensitive data"
            )
        return notes

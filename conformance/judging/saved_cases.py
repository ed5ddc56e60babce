"""Cases in files: the requests that showed a failure, to be sent and judged again.

The file holds the requests with a mask in place of the token. The mask of an almost valid token
says how to make it from the token.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

from ... import __version__
from ...spec.visible import cut, line
from ..http.target import Target, TargetError
from ..rules import rules_for
from ..verdicts.deciding import judge

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..evidence.evidence import Case, Evidence
    from ..reporting.run.model import Run
    from ..verdicts.verdict import Verdict

_LONGEST = 200
_LARGEST_FILE = 4 * 1024 * 1024
_READS = {"GET", "HEAD", "OPTIONS"}


class ReplayError(ValueError):
    """A case that cannot be replayed; the message gives the reason."""


class SavedRequest(Struct, frozen=True):
    """A request of a case; its target has no prefix, and a mask in place of the token.

    The body is in base64 in the file.
    """

    note: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def __post_init__(self) -> None:
        self.target.encode("latin-1")


class JudgedBy(Struct, frozen=True):
    """The contract that a case was judged by."""

    title: str
    sha256: str


class SavedCase(Struct, frozen=True):
    """A case in a file; `known` are the collections that exist."""

    kind: Literal["ruangkerja case"]
    schema_version: Literal[1]
    tool: dict[str, str]
    requirement: str
    title: str
    contract: JudgedBy
    url: str = msgspec.field(name="target")
    known: tuple[str, ...]
    bare: bool
    shown_again: bool
    findings: tuple[str, ...]
    requests: tuple[SavedRequest, ...]

    def target(self, url: str | None, *, mine: bool = False) -> Target:
        """Return the target: `url`, or where the case was found if that is this machine.

        Raises ReplayError if the case was found on another host and no `url` is given, as the token
        would be sent there, and if a request may write and the server is not `mine`.
        """
        try:
            found = Target.parse(url or self.url)
        except TargetError as error:
            raise ReplayError(str(error)) from None
        if url is None and not found.is_loopback:
            raise ReplayError(
                f"the case was found at {found.url}; pass the URL to send it to, as the token "
                "is sent there, too"
            )
        writing = [request.method for request in self.requests if request.method not in _READS]
        if writing and not mine:
            raise ReplayError(
                f"the case sends {writing[0]}, which may write; pass --mine if {found.url} is a "
                "server of your own"
            )
        return found


def texts(run: Run) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of the file of each case of a run."""
    counts: Counter[str] = Counter()
    for case in run.evidence.cases:
        counts[case.requirement] += 1
        text = json.dumps(msgspec.to_builtins(_saved(run, case)), indent=2)
        yield f"{case.requirement}-{counts[case.requirement]}.json", text + "\n"


def _saved(run: Run, case: Case) -> SavedCase:
    evidence, contract = case.evidence, case.evidence.contract
    verdict = verdict_of(evidence, case.requirement)
    return SavedCase(
        kind="ruangkerja case",
        schema_version=1,
        tool={"name": "ruangkerja", "version": __version__},
        requirement=case.requirement,
        title=verdict.requirement.title,
        contract=JudgedBy(contract.title, contract.digest),
        url=run.target.url,
        known=tuple(sorted(evidence.reader.known or ())),
        bare=evidence.reader.bare,
        shown_again=case.again,
        findings=tuple(finding.message for finding in verdict.findings),
        requests=tuple(_requests(run, evidence)),
    )


def _requests(run: Run, evidence: Evidence) -> Iterator[SavedRequest]:
    prefix = run.target.prefix.encode("latin-1")
    for exchange in evidence.exchanges:
        request = exchange.request
        target = request.target.removeprefix(prefix).decode("latin-1")
        # The host depends on the target.
        headers = tuple(header for header in request.headers if header[0].lower() != "host")
        yield SavedRequest(exchange.note, request.method, target, headers, request.body)


def read(path: Path) -> SavedCase:
    """Read the file of a case; raise ReplayError if it is not one."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise ReplayError(f"{path} cannot be read: {error.strerror}") from None
    if len(data) > _LARGEST_FILE:
        raise ReplayError(f"{path} is not a case: it is too large")
    try:
        return msgspec.convert(json.loads(data), SavedCase)
    except (ValueError, RecursionError) as error:
        why = cut(line(str(error)), _LONGEST)
        raise ReplayError(
            f"{path} is not a case: {why}; `ruangkerja check --profile deep --report-dir DIR` "
            "writes cases to DIR/cases"
        ) from None


def verdict_of(evidence: Evidence, requirement: str) -> Verdict:
    """Judge the evidence of a case by its requirement."""
    contract = evidence.contract
    return judge(evidence, contract.register[requirement], rules_for(contract)[requirement])

"""Replay: a case in a file, to be sent again and judged again.

The file has what is sent and no token: in its place stands the shell variable that the commands of
a report use, and what is nearly the token says how it was made of it.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ... import __version__
from ..evidence import json_members as members
from ..evidence.credentials import MASK, near_misses
from ..evidence.parsed_request import RequestParser
from ..generators.session import Attempt, Session, SessionEndedError
from ..http.client import Client
from ..http.exchange import Request
from ..http.target import Target, TargetError
from ..rules import rules_for
from ..rules.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ...spec.contract import Contract
    from ..evidence.evidence import Evidence
    from ..http.exchange import Headers
    from ..report.model import Run
    from ..rules.verdict import Verdict

KIND = "ruangkerja case"
SCHEMA_VERSION = 1
"""Raised when a member is renamed, removed or changes its meaning."""
_LARGEST_FILE = 4 * 1024 * 1024
_READS = {"GET", "HEAD", "OPTIONS"}
# Written anew for whatever the case is sent to.
_OF_THE_TARGET = {"host"}
_NAME = re.compile(r"[A-Z]+-[0-9]+-[0-9]+\.json")


class ReplayError(ValueError):
    """A case that cannot be sent again; the message says why."""


@dataclass(frozen=True, slots=True)
class SavedCase:
    """A case as it stands in a file.

    `requests` have targets without a prefix, no Host, and the mask in the place of the token;
    `known` are the lists that exist, `contract` is the digest of what it was judged by.
    """

    requirement: str
    title: str
    url: str
    contract: str
    known: frozenset[str]
    bare: bool
    requests: tuple[tuple[Request, str], ...]
    findings: tuple[str, ...]

    def target(self, url: str | None, *, may_write: bool = False) -> Target:
        """Give where to send it: to `url`, else to where it was found, if that is this machine.

        Raises ReplayError for another host that nobody named, as the token would go there, and for
        one that a method would be sent to that may write.
        """
        try:
            found = Target.parse(url or self.url)
        except TargetError as error:
            raise ReplayError(str(error)) from None
        if url is None and not found.is_loopback:
            raise ReplayError(
                f"the case was found at {found.url}; name the URL it should go to, for the token "
                "goes there too"
            )
        writing = [request.method for request, _ in self.requests if request.method not in _READS]
        if writing and not (may_write or found.is_loopback):
            raise ReplayError(
                f"the case sends {writing[0]}, which may write; --probe-methods sends it to "
                f"{found.url} all the same"
            )
        return found


def write(run: Run, folder: Path) -> list[Path]:
    """Write the cases of a run, a file each, in the place of those of an earlier run."""
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if _NAME.fullmatch(path.name):
                path.unlink()
    written: list[Path] = []
    counts: dict[str, int] = {}
    for case in run.evidence.cases:
        counts[case.requirement] = number = counts.get(case.requirement, 0) + 1
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{case.requirement}-{number}.json"
        text = json.dumps(
            _document(run, case.requirement, case.evidence, again=case.again), indent=2
        )
        path.write_text(text + "\n", encoding="utf-8")
        written.append(path)
    return written


def _document(run: Run, requirement: str, evidence: Evidence, *, again: bool) -> dict[str, Any]:
    contract = evidence.contract
    verdict = _verdict(evidence, requirement)
    return {
        "kind": KIND,
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "ruangkerja", "version": __version__},
        "requirement": requirement,
        "title": verdict.requirement.title,
        "contract": {"title": contract.title, "sha256": contract.digest},
        "target": run.target.url,
        "known": sorted(evidence.reader.known or ()),
        "bare": evidence.reader.bare,
        "shown_again": again,
        "findings": [run.message(finding) for finding in verdict.findings],
        "requests": list(_requests(run, evidence)),
    }


def _requests(run: Run, evidence: Evidence) -> Iterator[dict[str, Any]]:
    prefix = run.target.prefix.encode("latin-1")
    for exchange in evidence.exchanges:
        request = exchange.request
        target = request.target.removeprefix(prefix).decode("latin-1")
        for token in run.tokens:
            target = target.replace(token, MASK)
        yield {
            "note": run.redaction.text(exchange.note),
            "method": request.method,
            "target": target,
            "headers": [
                [name, _hidden(value, run.tokens) or run.redaction.text(value)]
                for name, value in request.headers
                if name.lower() not in _OF_THE_TARGET
            ],
        }


def _hidden(value: str, tokens: Sequence[str]) -> str | None:
    """Write a header that carries a token, or what is nearly one, without it."""
    for token in tokens:
        forms = {**{near: f"{MASK} ({how})" for near, how in near_misses(token)}, token: MASK}
        # After a word such as Bearer as well.
        for form, hidden in sorted(forms.items(), key=lambda pair: -len(pair[0])):
            if value == form or value.endswith(f" {form}"):
                return f"{value.removesuffix(form)}{hidden}"
    return None


_HIDDEN = re.compile(re.escape(MASK) + r"(?: \(([^()]*)\))?")


def _shown(text: str, token: str) -> str:
    """Write a token, or what is nearly one, where a mask stands for it."""

    def filled(found: re.Match[str]) -> str:
        if found[1] is None:
            return token
        for near, how in near_misses(token):
            if how == found[1]:
                return near
        raise ReplayError(f"of this token there is no such form as the case has: {found[1]}")

    return _HIDDEN.sub(filled, text)


def read(path: Path) -> SavedCase:
    """Read a file that `write` wrote; raise ReplayError, which says why, if it is another."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise ReplayError(f"{path} cannot be read: {error.strerror}") from None
    if len(data) > _LARGEST_FILE:
        raise ReplayError(f"{path} is no case: it is larger than any")
    try:
        return _recorded(json.loads(data))
    except (ValueError, RecursionError) as error:
        raise ReplayError(f"{path} is no case: {error}") from None


def _recorded(value: object) -> SavedCase:
    found = members.of(value)
    if (kind := members.text(found, "kind")) != KIND:
        raise members.wrong("kind", f'"{KIND}"', kind)
    if (version := members.integer(found, "schema_version")) != SCHEMA_VERSION:
        raise members.wrong("schema_version", str(SCHEMA_VERSION), version)
    return SavedCase(
        requirement=members.text(found, "requirement"),
        title=members.text(found, "title"),
        url=members.text(found, "target"),
        contract=members.text(members.of(members.inner(found, "contract")), "sha256"),
        known=frozenset(map(str, members.array(found, "known"))),
        bare=members.boolean(found, "bare"),
        requests=tuple(_request(each) for each in members.array(found, "requests")),
        findings=tuple(map(str, members.array(found, "findings"))),
    )


def _request(value: object) -> tuple[Request, str]:
    found = members.of(value)
    whole = {**found, "body": {"text": ""}}
    return Request.from_json(whole), members.text(found, "note")


def replay(
    recorded: SavedCase, contract: Contract, target: Target, token: str, *, timeout: float = 10.0
) -> tuple[Verdict, Evidence]:
    """Send a case, and judge what comes back by its requirement.

    Raises ReplayError where the contract has not the requirement, or the token not the form that a
    request needs.
    """
    if recorded.requirement not in contract.register:
        raise ReplayError(f"the contract has no requirement {recorded.requirement}")
    requests = [_filled(request, target, token) for request, _ in recorded.requests]
    reader = RequestParser(
        contract, target.prefix, frozenset({token}), recorded.known, bare=recorded.bare
    )
    with Client(target, timeout=timeout, secrets=(token,)) as client:
        # As long as it takes: the requests are few, and each has its time limit.
        session = Session(client, contract, reader, until=time.monotonic() + 10**9)
        trial = Attempt(session)
        for request, (_, note) in zip(requests, recorded.requests, strict=True):
            try:
                trial.send(request, note)
            except SessionEndedError:
                break
    return _verdict(trial.evidence, recorded.requirement), trial.evidence


def _filled(request: Request, target: Target, token: str) -> Request:
    headers: Headers = tuple((name, _shown(value, token)) for name, value in request.headers)
    path = _shown(request.target.decode("latin-1"), token).encode("latin-1")
    return Request(
        request.method,
        target.prefix.encode("latin-1") + path,
        (("Host", target.authority), *headers),
    )


def _verdict(evidence: Evidence, requirement: str) -> Verdict:
    register = evidence.contract.register
    return judge(evidence, register[requirement], rules_for(register).get(requirement))

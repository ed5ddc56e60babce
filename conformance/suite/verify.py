"""Verification: the recorded exchanges are judged anew, and all files of a report compared.

Whatever was changed in the folder of a report shows in one of two ways: the digest of a file is not
that in the statement, or a file is not what the exchanges give. The second way needs no digest: if
somebody changes a verdict and makes all digests anew, it is found all the same.
"""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from ...spec.visible import cut, line
from ..judging.reports import CONTENTS, PAGES, as_bytes
from ..reporting.archive.recording import WHOLE
from ..reporting.attestation import statement
from ..reporting.formats.folder import CASES, EVIDENCE, STATEMENT
from . import derive as deriving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from .derive import Derived

_LARGEST = 1 << 30
_LONGEST = 200
_REPORT = "report.json"
_INPUTS = (EVIDENCE, WHOLE)


class VerifyError(ValueError):
    """A folder that cannot be verified; the message gives the reason and what to do."""


class NoReportsError(VerifyError):
    """What is not a folder with reports."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found: `changed` has a sentence for each difference, none if the reports hold.

    `derived` is the run as it was judged anew, None if the exchanges themselves were changed.
    `digest` is the SHA-256 of the statement, '' if there is none.
    """

    changed: tuple[str, ...]
    derived: Derived | None
    digest: str


def verify(folder: Path) -> Verification:
    """Verify the reports in a folder; raise VerifyError if it has none that can be verified."""
    files = dict(_read(folder))
    if EVIDENCE not in files and STATEMENT not in files:
        if _REPORT not in files:
            raise NoReportsError(f"{folder} has no reports; name the folder of --report-dir")
        raise VerifyError(_without_evidence(folder, recorded=WHOLE in files))
    stated = files.get(STATEMENT)
    named = {} if stated is None else _digests(stated)
    expected = {*_names(), *(named or ())}
    changed = [f"{_shown(name)} is missing" for name in sorted(expected - files.keys())]
    if stated is None:
        return Verification(tuple(changed), None, "")
    digest = statement.digest_of(stated)
    if named is None:
        return Verification((*changed, f"{STATEMENT} is not a statement"), None, digest)
    unstated = dict(_against_digests(files, named))
    changed += unstated.values()
    derived = None
    if all(name in files and name not in unstated for name in _INPUTS):
        try:
            derived = deriving.derive(files[EVIDENCE], files[WHOLE], stated)
        except deriving.NotDerivableError as error:
            if not changed:
                raise VerifyError(str(error)) from None
        except deriving.UnfitError as error:
            changed.append(str(error))
    if derived is not None:
        changed += _against_exchanges(files, derived)
    return Verification(tuple(changed), derived, digest)


def _without_evidence(folder: Path, *, recorded: bool) -> str:
    again = f"`ruangkerja audit {folder / WHOLE}` judges its exchanges anew"
    return (
        f"{folder} has no {EVIDENCE}, with which its reports can be verified: `check` writes it "
        "last, if a request was answered and nothing stopped it before; `audit`, `proxy` and "
        f"`load` do not. {again if recorded else 'Run that command again'}"
    )


def _names() -> tuple[str, ...]:
    """Return the files that every report has."""
    return (*CONTENTS, *PAGES, *_INPUTS, STATEMENT)


def _read(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of each file of a report."""
    if not folder.is_dir():
        raise NoReportsError(f"{folder} is not a folder; name the one of --report-dir")
    cases = [f"{CASES}/{path.name}" for path in sorted((folder / CASES).glob("*.json"))]
    left = _LARGEST
    for name in (*_names(), *cases):
        path = folder / name
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                raise VerifyError(f"{path} is not a regular file; put the one of the report there")
            with path.open("rb") as file:
                data = file.read(left + 1)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise VerifyError(f"{path} cannot be read: {error.strerror}") from None
        left -= len(data)
        if left < 0:
            raise VerifyError(f"the reports in {folder} are larger than {_LARGEST:,} bytes")
        yield name, data


def _digests(stated: bytes) -> dict[str, str] | None:
    """Return the digests in a statement, None if it is none."""
    try:
        return statement.read(stated).digests
    except (ValueError, RecursionError):
        return None


def _against_digests(
    files: Mapping[str, bytes], named: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield the files that are not those that the statement names, each with a sentence."""
    for name in sorted(files):
        if name not in named:
            if name not in {*PAGES, STATEMENT}:
                yield name, f"{STATEMENT} does not name {line(name)}"
        elif statement.digest_of(files[name]) != named[name]:
            yield name, f"{line(name)} was changed: its SHA-256 is not the one in {STATEMENT}"


def _against_exchanges(files: Mapping[str, bytes], derived: Derived) -> Iterator[str]:
    """Yield in what the files are not those that the exchanges give."""
    for name, text in derived.texts.items():
        if name in files and as_bytes(text) != files[name]:
            yield from _differences(name, files[name], as_bytes(text))
    for name in sorted(files.keys() - derived.texts.keys()):
        yield f"{line(name)} is of another run"


def _differences(name: str, given: bytes, derived: bytes) -> Iterator[str]:
    found = []
    if name == _REPORT:
        try:
            found = list(_of_report(json.loads(given), json.loads(derived)))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            found = [f"{name} is not a report"]
    pairs = enumerate(zip_longest(given.splitlines(), derived.splitlines()), start=1)
    first = next((number for number, (one, other) in pairs if one != other), 1)
    yield from found or [f"{name}, line {first}, is not what the exchanges give"]


def _of_report(given: dict[str, Any], derived: dict[str, Any]) -> Iterator[str]:
    """Yield the verdicts and the findings of report.json that the exchanges do not give."""
    before = {str(rule["id"]): rule for rule in given["rules"]}
    for rule in derived["rules"]:
        id_, verdict = rule["id"], rule["verdict"]
        if id_ not in before:
            yield f"{id_} is not in {_REPORT}; judged anew, it is {verdict}"
            continue
        other = before.pop(id_)
        if other["verdict"] != verdict:
            yield f"{id_} is {_shown(other['verdict'])} in {_REPORT}; judged anew, it is {verdict}"
        theirs = [each["message"] for each in other["findings"]]
        ours = [each["message"] for each in rule["findings"]]
        for message in theirs:
            if message not in ours:
                yield f"{id_}: {_REPORT} has a finding that is not found anew: {_shown(message)}"
        for message in ours:
            if message not in theirs:
                yield f"{id_}: {_REPORT} does not have a finding: {_shown(message)}"
    for id_ in before:
        yield f"{_shown(id_)} is in {_REPORT}, and not in the register"


def _shown(text: object) -> str:
    return cut(line(str(text)), _LONGEST)

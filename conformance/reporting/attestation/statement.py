"""statement.json: the digests of the files of a report, as an in-toto statement to be signed.

It names every file that the run wrote, except report.html and summary.md, which have the digest of
the statement itself. `ruangkerja verify` renders these two again.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from .... import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..run.model import Run

_TYPE = "https://in-toto.io/Statement/v1"
_PREDICATE = "urn:ruangkerja:report:v1"


class Subject(Struct, frozen=True):
    """A file with its digests."""

    name: str
    digest: dict[str, str]


class Statement(Struct, frozen=True):
    """The part of a statement that says which files there are."""

    subject: tuple[Subject, ...]

    @property
    def digests(self) -> dict[str, str]:
        """The SHA-256 of each file, by its name."""
        return {each.name: each.digest.get("sha256", "") for each in self.subject}


def render(run: Run, digests: Mapping[str, str]) -> str:
    """Return the statement about the files with these digests."""
    contract = run.evidence.contract
    document: dict[str, Any] = {
        "_type": _TYPE,
        "subject": [
            {"name": name, "digest": {"sha256": digests[name]}} for name in sorted(digests)
        ],
        "predicateType": _PREDICATE,
        "predicate": {
            "tool": {"name": "ruangkerja", "version": __version__},
            "target": {"url": run.target.url, "stub": run.stub},
            "contract": {
                "title": contract.title,
                "version": contract.version,
                "sha256": contract.digest,
                "policies": [policy.name for policy in contract.policies],
            },
            "exit_code": int(run.exit),
            "conclusion": run.conclusion(),
        },
    }
    return json.dumps(document, indent=2) + "\n"


def read(data: bytes) -> Statement:
    """Read a statement; raise ValueError if it is none."""
    return msgspec.convert(json.loads(data), Statement)


def digest_of(data: bytes) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    return sha256(data).hexdigest()

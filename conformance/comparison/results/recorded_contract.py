"""The contract of a finished run, from the file evidence.json beside its report."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ....spec.documents.problems import SourceError
from ...reporting.attestation import evidence_file
from ...reporting.attestation.contract_files import FilesError
from ...reporting.formats.folder import EVIDENCE

if TYPE_CHECKING:
    from ....spec.contract import Contract

_LARGEST = 200_000_000


def of_report(path: Path) -> Contract | None:
    """Return the contract of the run of a report.json, None if no file beside it has it.

    The contract is read from a folder that is removed: what is compiled later needs no file.
    """
    try:
        with path.with_name(EVIDENCE).open("rb") as file:
            recorded = evidence_file.read(json.loads(file.read(_LARGEST)))
        if recorded.contract is None:
            return None
        with tempfile.TemporaryDirectory(prefix="contract-") as folder:
            return recorded.contract.load(Path(folder))
    except (OSError, ValueError, SourceError, FilesError, RecursionError):
        return None  # another version of the tool wrote it, or it is damaged

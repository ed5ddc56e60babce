"""evidence.json: what a run is judged anew from, beside the exchanges in exchanges.har."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import Struct

from .... import __version__
from ....spec.register import Level  # noqa: TC001 - msgspec reads the annotations
from ....spec.secrets.masking import MASK
from ...records.request_parser import RequestParser
from ..run.waivers import Waiver  # noqa: TC001 - msgspec reads the annotations
from .contract_files import ContractFiles, FilesError
from .kept import KeptResults
from .state import State, numbered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ....spec.contract import Contract
    from ...evidence.evidence import Evidence
    from ...http.exchange import Exchange
    from ...http.target import Target
    from ..run.model import Run
    from .kept import Kept


class Tool(Struct, frozen=True):
    """The tool that wrote the file."""

    name: Literal["ruangkerja"]
    version: str


class Head(Struct, frozen=True):
    """What tells if this version of the tool can read the file."""

    kind: Literal["ruangkerja evidence"]
    tool: Tool


class RecordedEvidence(Head, frozen=True):
    """A run without its exchanges and without what follows from them.

    `contract` is None if its files were changed or removed during the run. `ending` is the exit
    code. `kept` is what was judged before pseudonyms replaced personal data, None if nothing was
    replaced.
    """

    contract: ContractFiles | None
    target: str
    stub: bool
    mine: bool
    passive: bool
    shows_data: bool
    fail_on: Level
    require_coverage: int | None
    ending: int
    started: float
    duration: float
    labels: dict[str, str]
    configuration: dict[str, Any]
    connecting: tuple[str, ...]
    waivers: tuple[Waiver, ...]
    known: tuple[str, ...] | None
    bare: bool
    state: State
    kept: KeptResults | None

    @classmethod
    def of(cls, run: Run, kept: Kept | None) -> RecordedEvidence:
        """Return a run as data."""
        evidence, waivers = run.evidence, run.waivers.waivers if run.waivers else ()
        known = evidence.reader.known
        return cls(
            kind="ruangkerja evidence",
            tool=Tool("ruangkerja", __version__),
            contract=_files(evidence.contract),
            target=run.target.url,
            stub=run.stub,
            mine=run.mine,
            passive=run.passive,
            shows_data=run.shows_data,
            fail_on=run.fail_on,
            require_coverage=run.require_coverage,
            ending=int(run.exit),
            started=run.started,
            duration=run.duration,
            labels=dict(run.labels),
            configuration=dict(run.configuration),
            connecting=run.connecting,
            waivers=waivers,
            known=None if known is None else tuple(sorted(known)),
            bare=evidence.reader.bare,
            state=State.of(evidence),
            kept=None if kept is None else KeptResults.of(kept, waivers),
        )

    def evidence(
        self, contract: Contract, target: Target, exchanges: Sequence[Exchange]
    ) -> Evidence:
        """Return the evidence of the run, with its exchanges; raise ValueError if it has others."""
        known = None if self.known is None else frozenset(self.known)
        reader = RequestParser(contract, target.prefix, frozenset({MASK}), known, self.bare)
        return self.state.evidence(contract, reader, numbered(exchanges))

    def text(self) -> str:
        """Return the text of the file."""
        return json.dumps(msgspec.to_builtins(self), indent=2) + "\n"


def _files(contract: Contract) -> ContractFiles | None:
    try:
        return ContractFiles.of(contract)
    except (OSError, FilesError):
        return None


def read(document: object) -> RecordedEvidence:
    """Read the file, given as parsed JSON; raise ValueError if it is another one."""
    return msgspec.convert(document, RecordedEvidence)


def version_of(document: object) -> str:
    """Return the version of the tool that wrote the file; raise ValueError if it is another one."""
    return msgspec.convert(document, Head).tool.version

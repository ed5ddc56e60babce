"""Recording: lists of a server are read, and written as scenarios that the stub serves."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ...conformance.client.client import Client
from ...conformance.client.connection_settings import ConnectionSettings
from ...conformance.client.waiting import wait_for
from ...conformance.config.run_config import RunConfig
from ...conformance.privacy.pseudonymizer import Pseudonymizer, key_of
from ...conformance.privacy.redaction import Redaction, Words
from ...mock.responder import Responder
from ...mock.settings import Settings
from ...spec.documents.problems import SourceError
from ...spec.documents.writing import make_folder, settle_new
from .course_walk import WalkError, walk
from .scenario import notes, scenario_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ...conformance.http.target import Target
    from ...conformance.requests.probes.probe import Caller
    from ...spec.contract import Contract

MOST_ROWS = 5_000
"""Rows of one list that are recorded; the stub generates the rest."""
RATE = 5.0
"""Requests a second by default, since others may use the server."""
_LARGEST = 5_000_000


@dataclass(frozen=True, slots=True)
class RecordConfig:
    """What to record, and the folder for it; `lists` has values of path parameters by name.

    `name` is the name of the one list in the stub, None for its own name; `rate` is in requests a
    second, `timeout` in seconds.
    """

    contract: Contract
    target: Target
    token: str
    lists: Mapping[str, tuple[str, ...]]
    folder: Path
    name: str | None = None
    most_rows: int = MOST_ROWS
    rate: float | None = RATE
    timeout: float = 10.0
    connection: ConnectionSettings = field(default_factory=ConnectionSettings)


def record(config: RecordConfig, note: Callable[[str], None]) -> list[Path]:
    """Record the lists, and return the files that were written.

    Raises WalkError if a list cannot be read or recorded, before any file of it is there, and
    FileExistsError, with its path as the message, rather than overwrite one.
    """
    callers = list(_callers(config))
    files = {caller: _file(config, _called(config, caller)) for caller in map(_key, callers)}
    pseudonymizer = Pseudonymizer(
        config.contract,
        config.target.prefix,
        key_of(config.contract, config.target.url, config.token),
    )
    written = []
    wait_for(config.target, config.connection, timeout=config.timeout, note=note)
    with Client(
        config.target,
        timeout=config.timeout,
        rate=config.rate,
        connection=config.connection,
        masker=Redaction(
            (config.token,), hidden=config.connection.secrets, words=Words.of(config.contract)
        ),
    ) as client:
        for caller in callers:
            walked = walk(config.contract, client, caller, config.most_rows)
            scenario = scenario_of(config.contract, walked, pseudonymizer, _called(config, caller))
            for line in notes(scenario, walked):
                note(line)
            file = files[_key(caller)]
            _write(config.contract, file, scenario.text())
            written.append(file)
    return written


def _key(caller: Caller) -> tuple[str, ...]:
    return tuple(caller.path.values())


def _callers(config: RecordConfig) -> Iterator[Caller]:
    """Yield a caller for each list; raise WalkError if a scenario cannot represent it."""
    asked = RunConfig(config.contract, config.token, config.lists)
    for caller in asked.callers(config.target):
        names = set(caller.path) & set(config.lists)
        if caller.operation.pagination is None or not names:
            continue
        if len(caller.path) != 1:
            path = caller.operation.path
            raise WalkError(f"{path} has several parameters; a scenario is chosen by one")
        yield caller


def _called(config: RecordConfig, caller: Caller | tuple[str, ...]) -> str:
    values = caller if isinstance(caller, tuple) else _key(caller)
    return config.name or values[0]


def _file(config: RecordConfig, name: str) -> Path:
    if set(name) & set("*{}") or not name.isprintable():
        raise WalkError(f"{name!r} cannot be the name of a scenario; give it another one with --as")
    stem = re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-.") or "course"
    file = config.folder / f"{stem}.yaml"
    if file.exists():
        raise FileExistsError(str(file))
    return file


def _write(contract: Contract, file: Path, text: str) -> None:
    """Write a file that the stub accepts; never overwrite one."""
    data = text.encode()
    if len(data) > _LARGEST:
        raise WalkError(
            f"{file.name} would have {len(data):,} bytes, and the stub reads at most "
            f"{_LARGEST:,}: record fewer rows with --max-rows"
        )
    make_folder(file.parent)
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".record-") as folder:
        unfinished = Path(folder) / file.name
        unfinished.write_bytes(data)
        try:
            Responder(contract, Settings(fixtures=(Path(folder),)))
        except SourceError as error:
            problems = "; ".join(str(problem) for problem in error.problems[:3])
            raise WalkError(f"the stub rejects the recorded scenario: {problems}") from None
        try:
            settle_new(unfinished, file)
        except FileExistsError:
            raise FileExistsError(str(file)) from None

"""A recording: walks courses of a server, and writes each as a scenario that the stub serves."""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..conformance.client import Client
from ..conformance.people import People, key_of
from ..conformance.survey import Order as SurveyOrder
from ..mock.responder import Responder
from ..mock.settings import Settings
from ..spec.source import SourceError
from .scenario import notes, scenario_of
from .walk import WalkError, walk

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping

    from ..conformance.probes.probe import Caller
    from ..conformance.target import Target
    from ..spec.contract import Contract

MOST_ROWS = 5_000
"""Rows of one list; of a longer one the stub makes up the rest."""
RATE = 5.0
"""Requests a second, where nothing else is said: somebody else works on that server."""
_LARGEST = 5_000_000


@dataclass(frozen=True, slots=True)
class Order:
    """What to record, and where to: `lists` has values of path parameters by name.

    `name` is what the stub is to call the one list, its own name where it is None; `rate` is in
    requests a second, `timeout` in seconds.
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
    verify: ssl.SSLContext | None = field(default=None, repr=False)


def record(order: Order, note: Callable[[str], None]) -> list[Path]:
    """Record the lists, and give the files that were written.

    Raises WalkError where a list cannot be read or written down, before any file of it is there,
    and FileExistsError, with its path as the message, rather than overwrite one.
    """
    callers = list(_callers(order))
    files = {caller: _file(order, _called(order, caller)) for caller in map(_key, callers)}
    people = People(
        order.contract,
        order.target.prefix,
        key_of(order.contract, order.target.url, order.token),
    )
    written = []
    with Client(
        order.target,
        timeout=order.timeout,
        rate=order.rate,
        verify=order.verify,
        secrets=(order.token,),
    ) as client:
        for caller in callers:
            walked = walk(order.contract, client, caller, order.most_rows)
            scenario = scenario_of(order.contract, walked, people, _called(order, caller))
            for line in notes(scenario, walked):
                note(line)
            file = files[_key(caller)]
            _write(order.contract, file, scenario.text())
            written.append(file)
    return written


def _key(caller: Caller) -> tuple[str, ...]:
    return tuple(caller.path.values())


def _callers(order: Order) -> Iterator[Caller]:
    """Give who asks for each list; raise WalkError where a scenario cannot stand for it."""
    asked = SurveyOrder(order.contract, order.token, order.lists)
    for caller in asked.callers(order.target):
        names = set(caller.path) & set(order.lists)
        if caller.operation.pagination is None or not names:
            continue
        if len(caller.path) != 1:
            path = caller.operation.path
            raise WalkError(f"{path} has several parameters; a scenario is chosen by one")
        yield caller


def _called(order: Order, caller: Caller | tuple[str, ...]) -> str:
    values = caller if isinstance(caller, tuple) else _key(caller)
    return order.name or values[0]


def _file(order: Order, name: str) -> Path:
    if "*" in name or not name.isprintable():
        raise WalkError(f"{name!r} cannot be the name of a scenario; give it another one with --as")
    stem = re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-.") or "course"
    file = order.folder / f"{stem}.yaml"
    if file.exists():
        raise FileExistsError(str(file))
    return file


def _write(contract: Contract, file: Path, text: str) -> None:
    """Write a file once the stub has taken it; never over another one."""
    data = text.encode()
    if len(data) > _LARGEST:
        raise WalkError(
            f"{file.name} would have {len(data):,} bytes, and the stub reads at most "
            f"{_LARGEST:,}: record fewer rows with --max-rows"
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".record-") as folder:
        unfinished = Path(folder) / file.name
        unfinished.write_bytes(data)
        try:
            Responder(contract, Settings(fixtures=(Path(folder),)))
        except SourceError as error:
            said = "; ".join(str(problem) for problem in error.problems[:3])
            raise WalkError(f"the stub does not take what was recorded: {said}") from None
        try:
            os.link(unfinished, file)
        except FileExistsError:
            raise FileExistsError(str(file)) from None

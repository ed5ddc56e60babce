"""The self-test: the suite checks the stub with each fault.

Each fault has to be found by the requirement that it breaks, and by no requirement that it does not
break. The result is the kill matrix.
"""

from __future__ import annotations

import concurrent.futures
import json
import multiprocessing
import os
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ...mock.faults import Faulty, find, including
from ...mock.faults.places import Places
from ...mock.serve.server import MockServer
from ..client.client import Client
from ..config.run_config import RunConfig
from ..evidence.evidence import Evidence
from ..evidence.expectation import Expectation, Kind
from ..evidence.walk import list_of
from ..http.target import Target
from ..privacy.redaction import Redaction, Words
from ..records.request_parser import RequestParser
from ..reporting.run.model import NotJudgedError
from ..requests.probes.plan import first
from ..survey.survey import Survey
from ..verdicts.deciding import judge_all
from ..verdicts.verdict import Outcome
from .kill_matrix import NO_FAULT, FaultResult, KillMatrix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from starlette.types import ASGIApp

    from ...mock.faults import Fault
    from ...spec.contract import Contract

TOKEN = "Tk-selftest-5f2c91d07ab3"  # noqa: S105 - it opens the stub of one process
# The rows of the lists beside the example: enough for a fault in one row of 200 and few enough to
# be read, and none.
_BESIDE = {"LARGE": 262, "EMPTY": 0}
# Time limits for a response in seconds: if some responses never come, and if all do.
_IMPATIENT, _PATIENT = 0.6, 20.0
_RED = {Outcome.FAILED, Outcome.WARNED}
# This many are tested in the time that a second process needs to start.
_FEW = 8


def run(
    contract: Contract,
    names: Iterable[str] = (),
    *,
    fixtures: Sequence[Path] = (),
    jobs: int | None = None,
    note: Callable[[FaultResult], None] = lambda _: None,
) -> KillMatrix:
    """Check the stub without a fault, and with each of the named faults, by default all of them.

    A fault is left out if the contract links nothing to the requirement that it breaks. Folders in
    `fixtures` may have faults in addition to the built-in ones. `jobs` is the number of processes,
    by default one per processor. `note` is called with each result, in the order of the catalogue.
    Raises LookupError for a fault that does not exist, SourceError for a mistake in `fixtures`.
    """
    tied = _tied(contract)
    catalogue = including(fixtures, contract)
    wanted = [find(name, catalogue).name for name in names]
    wanted = wanted or [name for name, fault in catalogue.items() if fault.requirement in tied]
    jobs = jobs or os.cpu_count() or 1
    trials: dict[str, FaultResult] = {}

    def done(result: FaultResult) -> None:
        # A fault is not sent from one process to another; its result is.
        trials[result.fault] = replace(result, own=catalogue.get(result.fault))
        note(trials[result.fault])

    if jobs <= 1 or len(wanted) <= _FEW:
        with FaultRunner(contract) as session:
            for name in [NO_FAULT, *wanted]:
                done(session.attempt(catalogue.get(name)))
    else:
        # Spawned, not forked: this process may have threads.
        start = multiprocessing.get_context("spawn")
        policies = [policy.path for policy in contract.policies]
        with concurrent.futures.ProcessPoolExecutor(
            jobs, start, _prepare, (contract.path, policies, fixtures)
        ) as pool:
            # Those that wait come first, or one process would end long after the others.
            order = sorted([NO_FAULT, *wanted], key=lambda name: not _is_slow(catalogue.get(name)))
            results = {name: pool.submit(_attempt, name) for name in order}
            try:
                for name in (NO_FAULT, *wanted):
                    done(results[name].result())
            finally:
                pool.shutdown(cancel_futures=True)
    return KillMatrix(contract, trials[NO_FAULT], [trials[name] for name in wanted])


def _is_slow(fault: Fault | None) -> bool:
    return fault is not None and fault.slow


def _tied(contract: Contract) -> set[str]:
    """Return the requirements that are linked to the operations and the errors of a contract."""
    tables, found = [], set()
    if contract.error is not None:
        tables.append(contract.error.requirements)
        found = contract.error.body_requirements
    for operation in contract.operations:
        tables += [operation.requirements, *(p.requirements for p in operation.parameters)]
        tables += [header.requirements for header in operation.required_headers]
        tables += [scheme.requirements for each in operation.security for scheme in each]
        tables += [operation.listing.requirements] if operation.listing else []
        tables += [operation.resource.requirements] if operation.resource else []
        found |= Places(contract, operation).requirements()
    return found.union(*(table.values() for table in tables))


class FaultyServer(MockServer):
    """The stub on a port of this machine, with a fault that can be changed between runs."""

    faulty: Faulty
    lists: Mapping[str, tuple[str, ...]]
    """The example of each path parameter, and values with a larger list and with an empty one."""

    def application(self) -> ASGIApp:
        """Wrap the stub's application, which is built once for all faults."""
        token = self.settings.tokens[0] if self.settings.tokens else self.contract.example_token
        with tempfile.TemporaryDirectory() as folder:
            self.lists = _with_others(self.contract, Path(folder))
            self.settings = replace(self.settings, fixtures=(Path(folder),))
            self.faulty = Faulty(super().application(), self.contract, None, token)
        return self.faulty


def _with_others(contract: Contract, folder: Path) -> dict[str, tuple[str, ...]]:
    """Write scenarios for the lists beside the examples; return all lists by path parameter."""
    found: dict[str, tuple[str, ...]] = {}
    paged = (operation for operation in contract.operations if operation.pagination)
    for parameter in (each for operation in paged for each in operation.located("path")):
        name, example = parameter.name, str(parameter.example)
        # Not the example with more before or behind it: some faults take that for the example.
        others = {f"{example[:-1]}-{word}": total for word, total in _BESIDE.items()}
        if parameter.example is None or name in found:
            continue
        if any(parameter.read([value]).fault is not None for value in others):
            others = {}
        found[name] = (example, *others)
        for value, total in others.items():
            scenario = {"description": value, "when": {name: value}, "total": total}
            text = json.dumps(scenario)
            (folder / f"{len(found)}-{total}.yaml").write_text(text, encoding="utf-8")
    return found


@dataclass
class FaultRunner:
    """One stub, and the lists that are read: the contract's example, a larger and an empty one.

    To be used in a `with` statement.
    """

    contract: Contract
    _server: FaultyServer = field(init=False)
    _lists: Mapping[str, tuple[str, ...]] = field(init=False)
    _expectations: tuple[Expectation, ...] = field(init=False, default=())
    _tied: set[str] = field(init=False)

    def __enter__(self) -> Self:
        self._server = FaultyServer(self.contract, tokens=(TOKEN,))
        self._server.__enter__()
        self._prepare()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__(None, None, None)

    def _prepare(self) -> None:
        self._lists = self._server.lists
        self._tied = _tied(self.contract)
        self._expectations = tuple(self._seen())

    def attempt(self, fault: Fault | None) -> FaultResult:
        """Check the stub with a fault, or without one."""
        self._begin(fault)
        name = fault.name if fault else NO_FAULT
        config = RunConfig(
            self.contract,
            TOKEN,
            self._lists,
            mine=True,
            expectations=self._expected(fault),
        )
        patience = _IMPATIENT if _is_slow(fault) else _PATIENT
        masker = Redaction((TOKEN,), words=Words.of(config.contract))
        with self._client(timeout=patience, max_requests=config.limit, masker=masker) as client:
            try:
                evidence = self._survey(config, client).run()
            except NotJudgedError as error:
                return FaultResult(name, refused=str(error), requests=len(client.exchanges))
            requests = len(client.exchanges)
        verdicts = judge_all(evidence)
        self._judged(evidence)

        def ids(outcome: Outcome) -> list[str]:
            return [v.requirement.id for v in verdicts if v.outcome is outcome]

        return FaultResult(
            fault=name,
            red={v.requirement.id: v.findings[0].message for v in verdicts if v.outcome in _RED},
            open=tuple(id_ for id_ in ids(Outcome.INCONCLUSIVE) if id_ in self._tied),
            broken=tuple(ids(Outcome.ERROR)),
            requests=requests,
        )

    def _begin(self, fault: Fault | None) -> None:
        self._server.faulty.fault = fault
        self._server.faulty.reset()
        self._server.forget()

    def _client(self, **settings: Any) -> Client:
        return Client(Target.parse(self._server.url), **settings)

    def _judged(self, evidence: Evidence) -> None:
        """Take note of evidence that was judged."""

    def _survey(self, config: RunConfig, client: Client) -> Survey:
        return Survey(config, client)

    def _expected(self, fault: Fault | None) -> tuple[Expectation, ...]:
        """Return the expectations for a fault, () if it shows without them."""
        return self._expectations if fault is None or self._is_expected(fault) else ()

    def _is_expected(self, fault: Fault) -> bool:
        """Whether a fault only shows if it is known what the lists have to show."""
        pagings = (operation.pagination for operation in self.contract.operations)
        tied = {paging.requirements.get("expected") for paging in pagings if paging}
        return fault.requirement in tied

    def _seen(self) -> Iterator[Expectation]:
        """Yield the total of each list as the stub states it without a fault."""
        config = RunConfig(self.contract, TOKEN, self._lists)
        with self._client() as client:
            evidence = Evidence(self.contract, RequestParser(self.contract, client.target.prefix))
            for caller in config.callers(client.target):
                record = evidence.add(client.send(first(caller).request))
                if record is not None and record.total is not None:
                    id_, path = list_of(record)
                    yield Expectation(id_, path, Kind.TOTAL, record.total, "the stub")


_benches: list[tuple[FaultRunner, Mapping[str, Fault]]] = []
"""The runner and the faults of a worker process."""


def _prepare(path: Path, policies: Sequence[Path], fixtures: Sequence[Path]) -> None:
    from ...spec.contract import load  # noqa: PLC0415 - only where there are several processes

    contract = load(path, policies)
    _benches.append((FaultRunner(contract).__enter__(), including(fixtures, contract)))


def _attempt(name: str) -> FaultResult:
    runner, catalogue = _benches[0]
    return runner.attempt(catalogue.get(name))

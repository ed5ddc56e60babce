"""Runs of the suite with a mutant each, in several processes."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import os
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, Self

from ...spec.register import Level
from ..records.request_parser import RequestParser
from ..suite.selftest import TOKEN, FaultRunner, FaultyServer
from .in_process import InProcess, read
from .known_responses import Known, KnownEvidence, KnownSurvey
from .mutants import chosen
from .report import MutantResult, MutationReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from ...mock.faults import Fault
    from ...spec.contract import Contract
    from ..client.client import Client
    from ..config.run_config import RunConfig
    from ..evidence.evidence import Evidence
    from ..evidence.expectation import Expectation
    from ..suite.kill_matrix import FaultResult
    from ..survey.survey import Survey
    from .mutants import Asked, Mutant


@dataclass
class MutantRunner(FaultRunner):
    """Runs of the suite in this process, to be used in a `with` statement."""

    number: int = 0
    seed: int = 0
    clean: FaultResult = field(init=False)
    mutants: list[Mutant] = field(init=False)
    left_out: int = field(init=False)
    _inside: InProcess = field(init=False)
    _mutant: Mutant | None = field(init=False, default=None)
    _known: Known = field(init=False, default_factory=dict)

    def __enter__(self) -> Self:
        self._server = FaultyServer(self.contract, tokens=(TOKEN,))
        self._server.application()
        self._inside = InProcess(self._server.faulty, self.contract)
        self._prepare()
        self.clean = self.attempt(None)
        judged = [*self._open_to_change()]
        self.left_out = len(self._inside.sent) - len(judged)
        self.mutants = chosen(self.contract, self._inside, judged, self.number, self.seed)
        return self

    def __exit__(self, *_: object) -> None:
        self._inside.close()

    def results(self, indices: Iterable[int]) -> Iterator[MutantResult]:
        """Yield the results of some of the mutants."""
        for index in indices:
            mutant = self._mutant = self.mutants[index]
            result = self.attempt(mutant.fault)
            red = {id_: text for id_, text in result.red.items() if id_ not in self.clean.red}
            line = mutant.sent.data.partition(b" HTTP/")[0].decode("latin-1")
            yield MutantResult(mutant.of, line, red, result.refused)

    def _open_to_change(self) -> Iterator[Asked]:
        """Yield the requests of the run, without those whose responses are only observed."""
        known = frozenset(value for values in self._lists.values() for value in values)
        prefix = self._inside.target.prefix
        reader = RequestParser(self.contract, prefix, frozenset({TOKEN}), known)
        register = self.contract.register
        for sent in self._inside.sent:
            reading = reader.read(read(sent.data))
            if reading is None:
                continue
            tied = [each.requirement for each in reading.deviations if each.requirement]
            if not any(id_ in register and register[id_].level is Level.INFO for id_ in tied):
                yield sent, reading.operation

    def _survey(self, config: RunConfig, client: Client) -> Survey:
        survey = KnownSurvey(config, client)
        survey.use(self._known)
        return survey

    def _judged(self, evidence: Evidence) -> None:
        if self._mutant is None and isinstance(evidence, KnownEvidence):
            evidence.learn()

    def _begin(self, fault: Fault | None) -> None:
        at = self._mutant.sent if self._mutant is not None and fault is not None else None
        self._inside.begin(at, fault)
        self._server.forget()

    def _expected(self, fault: Fault | None) -> tuple[Expectation, ...]:
        del fault
        return ()  # most runs have no file of expectations

    def _client(self, **settings: Any) -> Client:
        return self._inside.client(**settings)


def run(
    contract: Contract,
    number: int,
    *,
    seed: int = 0,
    jobs: int | None = None,
    note: Callable[[MutantResult], None] = lambda _: None,
) -> MutationReport:
    """Run the suite without a mutant, and with a number of mutants.

    `jobs` is the number of processes, by default one per processor. `note` is called with each
    result. Raises SourceError for mistakes in the file with what the contract allows.
    """
    jobs = jobs or os.cpu_count() or 1
    with MutantRunner(contract, number, seed) as runner:
        count, mutants = len(runner.mutants), runner.mutants
        parts = [range(at, min(at + _FEW, count)) for at in range(0, count, _FEW)]
        if jobs == 1 or len(parts) <= 1:
            found = [_noted(result, note) for result in runner.results(range(count))]
            return MutationReport(contract, runner.clean, found, runner.left_out, seed)
    # Spawned, not forked: this process may have threads.
    start = multiprocessing.get_context("spawn")
    policies = [policy.path for policy in contract.policies]
    arguments = (contract.path, policies, number, seed)
    with concurrent.futures.ProcessPoolExecutor(jobs, start, _prepare, arguments) as pool:
        results = chain.from_iterable(pool.map(_attempt, parts))
        found = [
            # Classes of another process are copies.
            _noted(replace(result, of=mutant.of), note)
            for result, mutant in zip(results, mutants, strict=True)
        ]
    return MutationReport(contract, runner.clean, found, runner.left_out, seed)


def _noted(result: MutantResult, note: Callable[[MutantResult], None]) -> MutantResult:
    note(result)
    return result


# As many are tested in the time that a second process needs to start.
_FEW = 20
_runners: list[MutantRunner] = []
"""The runner of a worker process."""


def _prepare(path: Path, policies: Sequence[Path], number: int, seed: int) -> None:
    from ...spec.contract import load  # noqa: PLC0415 - only where there are several processes

    _runners.append(MutantRunner(load(path, policies), number, seed).__enter__())


def _attempt(indices: range) -> list[MutantResult]:
    return list(_runners[0].results(indices))

"""The configuration of a run: what is sent for which lists, and within which limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...mock.requests.draft import Drafts
from ...spec.routes import templated
from ..requests.probes.expectations import other_token
from ..requests.probes.overlap import PAIRS, most_requests
from ..requests.probes.plan import Profile, budget
from ..requests.probes.probe import Caller

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...spec.contract import Contract
    from ...spec.model.operation import Operation
    from ..evidence.expectation import Expectation
    from ..http.target import Target
    from ..requests.probes.probe import Probe
    from ..requests.sending.current_token import TokenSource

# Those that write, so that what one of them makes is there for the next.
_IN_ORDER = ("POST", "PUT", "PATCH", "DELETE")
_NO_ERRORS = ("2", "3", "default")
DEEP_TIME = 300.0
"""Seconds that the profile deep takes if nothing else is asked for."""


@dataclass(frozen=True, slots=True)
class RunConfig:
    """The configuration of a run.

    `lists` has values for path parameters by name: each value is a list to read. Other parameters
    have the example of the contract, or a generated value. The lists of `expectations` are read,
    too; `other_tokens` has their tokens by environment variable. `token_source` has another token
    when `token` ends. Methods that may write are sent for a list that does not exist; for others,
    and operations that write, only if the server is `mine`. An operation that the `stub` does not
    serve is left out. `jobs` is how many requests may be under way at once, None to decide by the
    speed of the server. The run takes at most `max_time` seconds, None for no limit; the profile
    deep explores until then, for `DEEP_TIME` seconds by default, with random choices from `seed`.
    """

    contract: Contract
    token: str
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    profile: Profile = Profile.GATE
    mine: bool = False
    stub: bool = False
    max_requests: int | None = None
    overlap: int | None = None
    jobs: int | None = 1
    max_time: float | None = None
    seed: int = 0
    expectations: tuple[Expectation, ...] = ()
    other_tokens: Mapping[str, str] = field(default_factory=dict)
    token_source: TokenSource | None = field(default=None, repr=False)
    drafts: Drafts = field(init=False, repr=False, compare=False)
    _left_out: dict[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "drafts", Drafts(self.contract))

    @property
    def limit(self) -> int | None:
        """The maximum number of requests of the run, None for no limit.

        The limit of a profile is for each operation, and grows with the number of its lists.
        """
        most = self.budget_until(None)
        if most is None or self.max_requests is None:
            return most or self.max_requests
        return min(most, self.max_requests)

    def budget_until(self, last: Operation | None) -> int | None:
        """Return the budget of the operations up to this one, or of all; None for no limit."""
        total = 0
        for operation in self.operations():
            most = budget(self.profile, len(self._paths(operation)))
            if most is None:
                return None
            total += most + max(0, most_requests(self.pairs) - most_requests(PAIRS[self.profile]))
            if operation is last:
                break
        return total

    @property
    def duration(self) -> float | None:
        """How many seconds the run may take, None for no limit."""
        is_deep = self.profile is Profile.DEEP
        return DEEP_TIME if self.max_time is None and is_deep else self.max_time

    @property
    def pairs(self) -> int:
        """The number of pairs of requests that are sent at once, for each operation."""
        if self.overlap is not None:
            return self.overlap
        pairs = PAIRS[self.profile]
        # At most a fifth of the requests, so that enough of them are left for the walks.
        return pairs if self.max_requests is None else min(pairs, self.max_requests // 10)

    def operations(self) -> Iterator[Operation]:
        """Yield the operations that are sent: those that only read, and then those that write."""
        yield from (op for op in self.contract.operations if not op.writes and self._sends(op))
        writing = [op for op in self.contract.operations if op.writes and self._sends(op)]
        yield from sorted(writing, key=lambda op: _IN_ORDER.index(op.method))

    def _sends(self, operation: Operation) -> bool:
        return not self.left_out(operation)

    def left_out(self, operation: Operation) -> str:
        """Return why an operation is not sent, as the end of a sentence; '' if it is sent."""
        if operation.id not in self._left_out:
            writes = operation.writes and not self.mine
            why = "which writes (--mine allows it)" if writes else self._unsendable(operation)
            self._left_out[operation.id] = why
        return self._left_out[operation.id]

    def _unsendable(self, operation: Operation) -> str:
        if operation.unserved:
            return "which cannot be read in the contract"
        if not self.stub and {"?", "#"}.intersection(operation.path):
            return "whose path has a query or a fragment"
        if first := self.contract.routes.before(operation):
            return f"whose path is also that of {first.label}"
        declared = operation.responses
        if declared and not any(status.startswith(_NO_ERRORS) for status in declared):
            return "which declares errors only"
        problem = self.drafts.problem(operation)
        return f"because {problem}" if problem else self._hidden(operation)

    def _hidden(self, operation: Operation) -> str:
        path = operation.filled(self.drafts.of(operation).segments)
        for other, _ in self.contract.routes.at(path):
            is_as_exact = templated(other.path) <= templated(operation.path)
            if other.method == operation.method and is_as_exact and other is not operation:
                return f"whose requests may be those of {other.label}"
        return ""

    def callers(self, target: Target) -> list[Caller]:
        """Return a caller for each list of each operation."""
        return [caller for operation in self.operations() for caller in self._of(operation, target)]

    def _of(self, operation: Operation, target: Target) -> Iterator[Caller]:
        for path in self._paths(operation):
            draft = self.drafts.of(operation)
            yield Caller(draft, path, self.token, target.authority, target.prefix)

    def _paths(self, operation: Operation) -> list[dict[str, str]]:
        """Return the path parameters of each list, those that were named first."""
        expected = [dict(each.path) for each in self.expectations_of(operation) if each.is_read]
        found: list[dict[str, str]] = [{}]
        parameters, usual = list(operation.located("path")), self.drafts.of(operation).path
        if expected and parameters and not any(each.name in self.lists for each in parameters):
            found = []  # the example of the contract need not exist
        for parameter in parameters:
            values = self.lists.get(parameter.name, (usual[parameter.name],))
            found = [{**path, parameter.name: value} for path in found for value in values]
        for path in expected:
            found += [] if path in found else [path]
        return found

    def expectations_of(self, operation: Operation) -> list[Expectation]:
        """Return the expectations of the lists of an operation."""
        return [each for each in self.expectations if each.operation == operation.id]

    def with_other_tokens(self, caller: Caller) -> Iterator[Probe]:
        """Yield the requests with other tokens for the lists of the caller's operation."""
        if self.profile is Profile.SMOKE:
            return
        for each in self.expectations_of(caller.operation):
            if each.is_about_another_token:
                yield from other_token(caller, each, self.other_tokens[each.value])

"""Plans: what the stub makes once for each operation, to respond to its requests."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from ..spec.documents.problems import SourceError
from .data import times
from .data.attempts import TOO_ODD, UnserveableError
from .data.dataset import values_of
from .data.providers import ProviderError
from .http import declared, lists, preferences
from .http.bodies import Body
from .http.error_response import ErrorResponse
from .http.media import Formats
from .http.request_parser import ParameterParser, Parameters

if TYPE_CHECKING:
    from datetime import date

    from ..spec.contract import Contract
    from ..spec.model.operation import Operation
    from .data.makers.compiler import Compiler
    from .lists.stub_list import StubList
    from .response import StubResponse
    from .settings import Settings

_CHECKED = 16
"""How many items are checked against laws about the time of a request."""
_NOT_KNOWN = 501
_MOST_PREPARED = 200
"""Operations that a contract may have for all of them to be prepared at the start."""
_OURS = {"x-faker", "x-faker-locale"}


def unserved(reason: str) -> ErrorResponse:
    """Return the error response to requests of an operation that is not served."""
    return ErrorResponse(_NOT_KNOWN, "Operation is not served", f"it is not served: {reason}")


class Plan:
    """What is made once for an operation."""

    def __init__(
        self,
        contract: Contract,
        operation: Operation,
        compiler: Compiler,
        seed: bytes,
        settings: Settings,
    ) -> None:
        self.operation = operation
        self.reader = ParameterParser(operation)
        self.formats = Formats(operation, strict=settings.strict_headers)
        self.list: StubList | None = None
        self.status = 200 if operation.success is None else declared.status_of(operation.success)
        if operation.listing is not None:
            self.list = lists.of(contract, operation, compiler, seed)
        else:
            self.body = Body(operation, compiler, seed)
            self.status = self.body.status
        self._make = lru_cache(lambda status: Body(operation, compiler, seed, status))

    def other(self, status: int) -> StubResponse:
        """Return a declared response without an error; raise ErrorResponse if it is not made."""
        try:
            return self._make(status).reply(Parameters({}, ()), None)
        except (ProviderError, UnserveableError) as error:
            what = f"has code={status}"
            raise preferences.wrong(what, f"the stub has no such response: {error}") from None


class Plans(dict[str, Plan]):
    """The plans of a contract's operations, by id; the others are made when they are first read.

    Reading the plan of an operation that is not served raises ErrorResponse. Raises SourceError,
    with file and line, if the contract cannot be served.
    """

    def __init__(
        self, contract: Contract, settings: Settings, compiler: Compiler, seed: bytes
    ) -> None:
        super().__init__()
        self.unserved: dict[str, str] = {}
        """Why operations are not served, by id."""
        self._contract, self._settings = contract, settings
        self._compiler, self._seed = compiler, seed
        for operation in contract.operations:
            if operation.unserved or operation.listing or not self.is_large:
                self.prepare(operation)

    @property
    def is_large(self) -> bool:
        """Whether only lists are prepared at the start, and all else at its first request."""
        return len(self._contract.operations) > _MOST_PREPARED

    @property
    def lists(self) -> dict[str, StubList]:
        """The lists of the plans, by the id of their operation."""
        return {id_: plan.list for id_, plan in self.items() if plan.list is not None}

    def prepare(self, operation: Operation) -> None:
        """Make the plan of an operation, or keep why it is not served."""
        if operation.unserved:
            self.unserved[operation.id] = operation.unserved
            return
        source = self._contract.source
        try:
            plan = Plan(self._contract, operation, self._compiler, self._seed, self._settings)
        except ProviderError as error:
            problem = source.problem(error.place, str(error))
            if operation.pagination is not None or _OURS.intersection(error.place):
                raise SourceError([problem]) from None
            self.unserved[operation.id] = str(problem)
        except TOO_ODD as error:
            what = f"no response can be made: {type(error).__name__}: {error}"
            self.unserved[operation.id] = str(source.problem(operation.place, what))
        else:
            self[operation.id] = plan

    def __missing__(self, id_: str) -> Plan:
        if id_ not in self.unserved:
            try:
                self.prepare(self._contract.operation(id_))
            except SourceError as error:
                self.unserved[id_] = str(error)
        if id_ not in self:
            raise unserved(self.unserved[id_])
        return self[id_]

    def check_times(self, today: date) -> None:
        """Raise SourceError if laws reject the times up to a day, such as one in the future."""
        for known in self.lists.values():
            schema = known.items.schema
            for item in values_of(known.collections.named(()), _CHECKED):
                for broken in schema.judge(item, times.now()).violations:
                    what = f"data that ends on {today} is invalid: {broken}"
                    raise SourceError([self._contract.source.problem(schema.place, what)])

"""One of the two contracts, with everything that makes and judges exchanges by it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ....mock.data.makers.compiler import Compiler
from ....mock.data.providers import ProviderError, Providers
from ....mock.requests.draft import DraftError, Drafts
from ....spec.documents.problems import SourceError
from ....spec.schemas.writer import Direction
from ....spec.secrets.masking import MASK
from ...http.target import Target
from ...requests.probes.probe import Caller
from .judging import Judge
from .stub import Stub
from .values import Side

if TYPE_CHECKING:
    from ....spec.contract import Contract
    from ....spec.model.operation import Operation
    from ....spec.model.schemes import SecurityScheme
    from ....spec.schemas.validation import Schema
    from ...http.exchange import Request, Response

_HOST = "127.0.0.1:8000"


class Party:
    """One contract; `name` is OLD or NEW. What it needs is made when it is needed first."""

    def __init__(self, name: str, contract: Contract) -> None:
        self.name, self.contract = name, contract

    @cached_property
    def judge(self) -> Judge:
        """What judges exchanges by the contract."""
        return Judge(self.contract)

    @cached_property
    def drafts(self) -> Drafts:
        """Valid requests to its operations."""
        return Drafts(self.contract)

    @cached_property
    def stub(self) -> Stub | None:
        """Its stub, None if the contract cannot be served."""
        try:
            return Stub(self.contract)
        except (SourceError, ProviderError):
            return None

    def ask(self, request: Request) -> Response | None:
        """Return what its stub responds, None without one."""
        return self.stub.ask(request) if self.stub is not None else None

    @cached_property
    def _compilers(self) -> dict[Direction, Compiler]:
        providers = Providers.of(self.contract)
        return {each: Compiler(self.contract.document, providers, each) for each in Direction}

    def side(self, schema: Schema | None, direction: Direction) -> Side:
        """Return a schema of the contract, with what draws its values."""
        return Side(self.contract, schema, self._compilers[direction])

    def caller(self, operation: Operation) -> Caller | None:
        """Return what writes requests to an operation, None if no valid one can be written."""
        try:
            draft = self.drafts.of(operation)
        except DraftError:
            return None
        return Caller(draft, draft.path, MASK, _HOST, self.contract.base_path)

    @property
    def target(self) -> Target:
        """Where commands find a server of the contract: on this machine."""
        return Target.parse(f"http://{_HOST}{self.contract.base_path}")

    def close(self) -> None:
        """Close the stub, if it was made."""
        if (stub := vars(self).get("stub")) is not None:
            stub.close()


def masked(schemes: tuple[SecurityScheme, ...]) -> dict[str, str | None]:
    """Return what is sent for security schemes: the mask, which readers of credentials know."""
    return {each.id: MASK if each.kind == "apiKey" else f"{each.word} {MASK}" for each in schemes}

"""The responder: from a request that was routed and let in to the bytes of its answer.

It knows operations only through the contract, and has no state: what is answered follows from
the request, the contract, the seed and the scenarios.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from ..spec.describing import actual, cut
from ..spec.model import PastEnd
from ..spec.source import SourceError
from . import bodies
from .bodies import Body
from .dataset import Collections
from .draws import digest
from .errors import Errors, numbers
from .makers import Compiler
from .media import Formats
from .pages import PagedList
from .providers import ProviderError, Providers
from .reading import Reader
from .refusal import Refusal
from .scenarios import Scenarios

if TYPE_CHECKING:
    from ..spec.contract import Contract
    from ..spec.model import Operation
    from .dataset import Collection
    from .reading import Incoming, Said
    from .reply import Reply
    from .settings import Settings

_GONE, _NOT_ALLOWED, _NOT_KNOWN = 404, 405, 501
_LONGEST_PATH = 300
KNOWN_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")


class Responder:
    """Answers the requests of one contract.

    Raises SourceError, with file and line, where the contract cannot be served or a scenario does
    not fit it.
    """

    def __init__(self, contract: Contract, settings: Settings) -> None:
        self.contract, self.settings = contract, settings
        seed = digest(b"", "seed", settings.seed)
        locale = contract.document.get("x-faker-locale")
        compiler = Compiler(contract.document, Providers(None if locale is None else str(locale)))
        try:
            self.errors = Errors(contract, compiler, numbers(), seed)
            self._plans = {
                operation.id: _Plan(contract, operation, compiler, seed, settings)
                for operation in contract.operations
            }
        except ProviderError as error:
            raise SourceError([contract.source.problem(error.place, str(error))]) from None
        lists = {id_: plan.list for id_, plan in self._plans.items() if plan.list is not None}
        self.scenarios = Scenarios.load(contract, lists, settings.fixtures)

    def answer(self, operation: Operation, incoming: Incoming) -> Reply:
        """Answer a request to an operation; raise Refusal where it is wrong."""
        plan = self._plans[operation.id]
        plan.formats.check(incoming)
        said = plan.reader.read(incoming)
        sent = bodies.read_body(operation, incoming)
        scenario = self.scenarios.find(operation, said.names)
        if plan.list is None or plan.collections is None:
            return plan.body.reply(said, sent)
        collection = scenario.collection if scenario else None
        return self._page(plan.list, collection or plan.collections.named(said.names), said)

    def _page(self, paged: PagedList, collection: Collection, said: Said) -> Reply:
        pagination = paged.pagination
        page, size = said.values[pagination.page.name], said.values[pagination.size.name]
        last = -(-collection.total // size)
        if page > max(last, 1) and pagination.past_end is PastEnd.REJECT:
            where = f"query parameter {pagination.page.name} is {actual(page)}"
            raise Refusal(_GONE, "Page is not found", f"{where}; the last page is {max(last, 1)}")
        return paged.reply(collection, page, size, said.values)

    def allowed(self, path: str) -> tuple[str, ...]:
        """Give the methods of a path, () where no operation has it."""
        methods = [op.method for op in self.contract.operations if op.match(path) is not None]
        if not methods:
            return ()
        more = [*(["HEAD"] if "GET" in methods else []), "OPTIONS"]
        return tuple(dict.fromkeys((*methods, *more)))

    def not_routed(self, method: str, path: str | None, full_path: str) -> Refusal:
        """Say why a request has no operation; `path` is None outside the contract's server."""
        allowed = self.allowed(path) if path is not None else ()
        if allowed and method not in allowed:
            names = ", ".join(allowed)
            detail = f"{cut(method)} is not allowed here; allowed are {names}"
            known = method in KNOWN_METHODS
            title = "Method is not allowed" if known else "Method is not implemented"
            status = _NOT_ALLOWED if known else _NOT_KNOWN
            return Refusal(status, title, detail, headers=(("Allow", names),))
        return Refusal(_GONE, "Path is not found", self._nearest(method, full_path))

    def _nearest(self, method: str, path: str) -> str:
        what = f"no operation has the path {actual(path)}"
        shown = {
            f"{op.method} {self.contract.base_path}{op.path}": op.method == method
            for op in self.contract.operations
        }
        if not shown:
            return what
        sent = path[:_LONGEST_PATH]
        if path.endswith("/") and len(path) > 1:
            bare = path.rstrip("/").removeprefix(self.contract.base_path)
            if self.allowed(bare):
                return f"{what}; leave out the / at its end"
        best = max(
            shown,
            key=lambda name: (_likeness(sent, name.partition(" ")[2]), shown[name]),
        )
        return f"{what}; the nearest is {best}"


class _Plan:
    """What is made once for an operation."""

    def __init__(
        self,
        contract: Contract,
        operation: Operation,
        compiler: Compiler,
        seed: bytes,
        settings: Settings,
    ) -> None:
        self.reader = Reader(operation)
        self.formats = Formats(operation, strict=settings.strict_headers)
        self.list: PagedList | None = None
        self.collections: Collections | None = None
        if operation.pagination is not None:
            self.list = PagedList(contract, operation, compiler, seed)
            self.collections = Collections(self.list.items, self.list.seed)
        else:
            self.body = Body(operation, compiler, seed)


def _likeness(sent: str, template: str) -> float:
    """Compare a path with a template, in which a name stands for whatever was sent there."""
    parts = sent.split("/")
    filled = [
        parts[n] if part.startswith("{") and n < len(parts) else part
        for n, part in enumerate(template.split("/"))
    ]
    return difflib.SequenceMatcher(None, sent, "/".join(filled)).ratio()

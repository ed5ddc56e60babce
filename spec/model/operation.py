"""Operations: a method and a path each, with what the contract says of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..path_templates import escaped, parts
from .media import first_success
from .schemes import fit_together

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Mapping

    from ..documents.pointers import Pointer
    from ..parameters import Parameter
    from ..parameters.received import Received
    from ..schemas.validation import Schema
    from .lists import CursorPagination, Listing, Pagination
    from .media import DeclaredResponse, RequestBody
    from .resource import Resource
    from .schemes import SecurityScheme
    from .selecting import Selector, Sorting

# What a path can have an operation for, in the contract's spelling.
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_READING = {"GET", "HEAD", "OPTIONS", "TRACE"}


@dataclass(frozen=True, slots=True)
class RequiredHeader:
    """A request header that OpenAPI cannot describe as a parameter (decisions D1 and D2)."""

    name: str
    value: str
    requirements: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: a method and a path.

    A list is in numbered pages, by its `pagination`, or has `cursors`; it may have `selectors`,
    which are parameters that select items, and `sorting`, if one sorts them.
    `unserved` is the reason why it cannot be served, with file and line; '' if it can be.
    """

    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    body: RequestBody | None
    responses: Mapping[str, DeclaredResponse]
    security: tuple[tuple[SecurityScheme, ...], ...]
    required_headers: tuple[RequiredHeader, ...]
    pagination: Pagination | None
    cursors: CursorPagination | None
    selectors: tuple[Selector, ...]
    sorting: Sorting | None
    resource: Resource | None
    requirements: Mapping[str, str]
    place: Pointer
    unserved: str
    _path: re.Pattern[str] = field(repr=False)
    _names: tuple[str, ...] = field(repr=False)

    def filled(self, values: Mapping[str, str]) -> str:
        """Return the path of a request; `values` are the path parameters, percent-encoded."""
        found = parts(self.path)
        found[::2] = map(escaped, found[::2])
        found[1::2] = (values.get(name, f"{{{name}}}") for name in found[1::2])
        return "".join(found)

    def match(self, path: str) -> dict[str, str] | None:
        """Return the path parameters, still percent-encoded, or None if the path does not match."""
        found = self._path.fullmatch(path)
        if found is None:
            return None
        return dict(zip(self._names, found.groups()))  # noqa: B905 - strict takes twice as long

    def response_for(self, status: int) -> DeclaredResponse | None:
        """Return the most specific response that the contract describes for a status."""
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in self.responses:
                return self.responses[key]
        return None

    @property
    def writes(self) -> bool:
        """Whether its method may change something on the server."""
        return self.method not in _READING

    @property
    def label(self) -> str:
        """Its method and path, for people."""
        return f"{self.method} {self.path}"

    @property
    def schemes(self) -> list[SecurityScheme]:
        """The security schemes of all alternatives."""
        return [scheme for each in self.security for scheme in each]

    @property
    def first_schemes(self) -> tuple[SecurityScheme, ...]:
        """The security schemes of the alternative that the suite uses.

        It is the first one whose credentials one request can carry.
        """
        return next(filter(fit_together, self.security), next(iter(self.security), ()))

    @property
    def success(self) -> DeclaredResponse | None:
        """The first response with a 2xx status, None if there is none."""
        return first_success(self.responses)

    @property
    def schema(self) -> Schema | None:
        """The schema of the JSON body of a success, None if it has none."""
        return self.success.schema if self.success else None

    @property
    def listing(self) -> Listing | None:
        """Where a response has the items of a list, None if it has no list."""
        return self.pagination or self.cursors

    @property
    def size(self) -> Parameter | None:
        """The parameter for the size of a page, None if there is none."""
        if self.pagination is not None:
            return self.pagination.size
        return self.cursors.size if self.cursors is not None else None

    @property
    def selecting(self) -> dict[str, Any]:
        """The parameters that select or sort the items of the list, with their defaults."""
        if not self.selectors and self.sorting is None:
            return {}
        names = {each.parameter for each in self.selectors}
        if self.sorting is not None:
            names |= {self.sorting.parameter, self.sorting.order or self.sorting.parameter}
        return {p.name: p.schema.get("default") for p in self.located("query") if p.name in names}

    def parameter(self, name: str) -> Parameter:
        """Return a parameter by name; raise KeyError if there is none."""
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        raise KeyError(name)

    @property
    def ties(self) -> Iterator[tuple[str, str]]:
        """The requirements that the operation and its parts are linked to, each with its aspect."""
        tables = [
            ("operation", self.requirements),
            *(("parameter", each.requirements) for each in self.parameters),
            *(("security", each.requirements) for each in self.schemes),
            *(("header", each.requirements) for each in self.required_headers),
            *((("pagination", self.listing.requirements),) if self.listing else ()),
        ]
        for kind, table in tables:
            for condition, requirement in table.items():
                yield f"{kind}.{condition}", requirement

    @property
    def path_names(self) -> set[str]:
        """The names of the path parameters."""
        return {parameter.name for parameter in self.located("path")}

    def values(self, segments: Mapping[str, str], query: Received) -> dict[str, Any]:
        """Return the valid values of the parameters in a path and a query, by name.

        `segments` has the raw texts of the path parameters.
        """
        path = {name: (raw,) for name, raw in segments.items()}
        found = [(p.name, p.receive(path)) for p in self.located("path")]
        found += [(p.name, p.receive(query)) for p in self.located("query")]
        return {name: each.value for name, each in found if each.is_value}

    def listed(self, received: Received) -> set[str]:
        """Return those names of a query that belong to a parameter or to a credential."""
        names = {scheme.name for scheme in self.schemes if scheme.place == "query"}
        for parameter in self.located("query"):
            names.update(parameter.serialization.names(received))
        return names & received.keys()

    def located(self, location: str) -> Iterator[Parameter]:
        """Yield the parameters in 'path', 'query', 'header' or 'cookie'."""
        return (p for p in self.parameters if p.location == location)

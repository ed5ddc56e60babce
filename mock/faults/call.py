"""Requests to a server with a fault, and its responses."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from ...spec import credentials
from ...spec.parameters.received import decoded, grouped, query_pairs
from ..response import StubResponse
from ..writing import dumps

if TYPE_CHECKING:
    from collections.abc import Collection

    from ...spec.contract import Contract
    from ...spec.model.lists import Pagination
    from ...spec.model.operation import Operation
    from ...spec.model.schemes import SecurityScheme
    from ...spec.parameters import Parameter

_SUCCESS = range(200, 300)
_ERROR = range(400, 600)
_NO_ROW = object()

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One request to an operation of the contract.

    `path` is the raw path below the contract's base path. `pairs` are the raw parts of the
    query, such as `name=value`. Names of `headers` are in lower case. `count` numbers the requests
    since the fault was set, from 1. `peer` is the client's end of the connection. With `forgets`,
    the stub stores nothing of it.
    """

    contract: Contract
    operation: Operation
    method: str
    path: str
    pairs: tuple[str, ...]
    headers: Headers
    body: bytes
    count: int
    peer: tuple[str, int] | None = None
    forgets: bool = False

    @property
    def paging(self) -> Pagination:
        """How the operation pages; raises ValueError if it does not."""
        if self.operation.pagination is None:
            raise ValueError(f"{self.operation.id} has no pages")
        return self.operation.pagination

    @property
    def size_of_head(self) -> int:
        """About how many bytes of memory it takes without its body."""
        parts = (*self.pairs, *(text for header in self.headers for text in header))
        return len(self.path) + sum(len(part) + 50 for part in parts)

    @property
    def is_listing(self) -> bool:
        """Whether the request reads a page of a list with a valid page and page size."""
        paging = self.operation.pagination
        reads = self.method in {self.operation.method, "HEAD"}
        return reads and paging is not None and None not in {self.page, self.size}

    @property
    def page(self) -> int | None:
        """The requested page, or None if it is missing or invalid."""
        paging = self.operation.pagination
        return self.number(paging.page) if paging else None

    @property
    def size(self) -> int | None:
        """The requested page size, or None if it is missing or invalid."""
        paging = self.operation.pagination
        return self.number(paging.size) if paging else None

    @property
    def first_row(self) -> int:
        """How many rows of the list come before this page."""
        return ((self.page or 1) - 1) * (self.size or 0)

    @property
    def names(self) -> tuple[str, ...]:
        """The raw values of the path parameters, in the order of the contract."""
        raw = self.operation.match(self.path) or {}
        return tuple(raw.get(p.name, "") for p in self.operation.located("path"))

    @property
    def examples(self) -> tuple[str, ...]:
        """The contract's examples of the path parameters, in its order."""
        return tuple(str(p.example) for p in self.operation.located("path"))

    def texts(self, parameter: Parameter) -> list[str]:
        """Return the decoded values of a query parameter."""
        parts = (pair.partition("=") for pair in self.pairs)
        return [decoded(value) for name, _, value in parts if decoded(name) == parameter.name]

    @property
    def query(self) -> dict[str, list[str]]:
        """The raw values of the query by decoded name."""
        return grouped(query_pairs("&".join(self.pairs)))

    def number(self, parameter: Parameter) -> int | None:
        """Return the value of an integer parameter, or None if it is missing or invalid."""
        reading = parameter.read(self.texts(parameter))
        value = reading.value if reading.fault is None else None
        return value if isinstance(value, int) else None

    def tied(self, requirement: str) -> Parameter | None:
        """Return the parameter with a condition tied to a requirement, or None."""
        for parameter in self.operation.parameters:
            if requirement in parameter.requirements.values():
                return parameter
        return None

    def where(self, parameter: Parameter, text: str) -> Call:
        """Return the request with another value of a query parameter."""
        return replace(self, pairs=(*self.without([parameter.name]), f"{parameter.name}={text}"))

    def without(self, names: Collection[str]) -> tuple[str, ...]:
        """Return the raw parts of the query without some parameters."""
        return tuple(p for p in self.pairs if decoded(p.partition("=")[0]) not in names)

    def of_page(self, page: int, size: int) -> Call:
        """Return the request for another page of the same list."""
        return self.where(self.paging.page, str(page)).where(self.paging.size, str(size))

    def to(self, names: tuple[str, ...]) -> Call:
        """Return the same request for another list; `names` are the raw path parameters."""
        parameters = [parameter.name for parameter in self.operation.located("path")]
        values = dict(zip(parameters, names, strict=True))
        return replace(self, path=self.operation.filled(values))

    @property
    def scheme(self) -> SecurityScheme | None:
        """The first security scheme of the operation, or None if it needs no credential."""
        return self.operation.security[0][0] if any(self.operation.security) else None

    @property
    def token(self) -> str | None:
        """The secret that the request carries for its security scheme, or None."""
        if self.scheme is None:
            return None
        headers = ((n.decode("latin-1"), v.decode("latin-1")) for n, v in self.headers)
        return next(iter(credentials.read(self.scheme, headers, "&".join(self.pairs))), None)

    def with_token(self, token: str | None) -> Call:
        """Return the request with another credential, or without one."""
        scheme = self.scheme
        if scheme is None:
            return self
        value = None if token is None else credentials.write(scheme, token)
        if scheme.place == "query":
            own = () if value is None else (f"{scheme.name}={value}",)
            return replace(self, pairs=(*self.without([scheme.name]), *own))
        name = scheme.header.lower().encode()
        if scheme.place == "cookie":
            name, value = b"cookie", None if value is None else f"{scheme.name}={value}"
        return self.with_header(name, None if value is None else value.encode("latin-1"))

    def header(self, name: bytes) -> bytes | None:
        """Return the first value of a header; `name` is in lower case."""
        return next((value for own, value in self.headers if own == name), None)

    def with_header(self, name: bytes, value: bytes | None) -> Call:
        """Return the request with another value of a header, or without it."""
        return replace(self, headers=_with(self.headers, name, value))


@dataclass(frozen=True, slots=True)
class Response:
    """A response, and what happens to it on its way.

    `delay` is in seconds. With `cut` the connection ends after that many bytes of the body, with
    `dropped` before the first byte of the response.
    """

    status: int
    headers: Headers
    body: bytes
    delay: float = 0.0
    cut: int | None = None
    dropped: bool = False

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx and there is a body."""
        return self.status in _SUCCESS and bool(self.body)

    @property
    def is_error(self) -> bool:
        """Whether the status is 4xx or 5xx."""
        return self.status in _ERROR

    @property
    def unpacked(self) -> Response:
        """The response with a body that is not compressed."""
        if (b"content-encoding", b"gzip") not in self.headers:
            return self
        return replace(self, body=gzip.decompress(self.body))

    @property
    def json(self) -> Any:
        """The body as JSON, or None if it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def with_json(self, value: Any) -> Response:
        """Return the response with another body, as JSON."""
        return replace(self, body=dumps(value))

    def is_changed(self, own: Response) -> bool:
        """Whether it differs from the stub's own response; JSON that is written anew does not."""
        if self is own:
            return False
        if self.body != own.body and self.body != dumps(own.json):
            return True
        return replace(self, body=own.body) != own

    def noted(self) -> StubResponse:
        """Return what the log notes of it: its status is 0 if it was dropped."""
        return StubResponse(
            0 if self.dropped else self.status,
            self.headers,
            self.body,
            delay=self.delay,
            cut=0 if self.dropped else self.cut,
        )

    def touched(self, call: Call, conforming: Response) -> int:
        """Count the rows that differ from those of a conforming response to the same request.

        If only something else differs, that counts as one.
        """
        if not self.is_changed(conforming):
            return 0
        paging = call.operation.pagination
        before, after = (
            (paging.items_of(each.json) if paging else None) or () for each in (conforming, self)
        )
        return sum(a != b for a, b in zip_longest(before, after, fillvalue=_NO_ROW)) or 1

    def with_header(self, name: str, value: str | None) -> Response:
        """Return the response with another value of a header, or without it."""
        raw = None if value is None else value.encode("latin-1", "replace")
        return replace(self, headers=_with(self.headers, name.lower().encode(), raw))


def _with(headers: Headers, name: bytes, value: bytes | None) -> Headers:
    others = tuple(header for header in headers if header[0] != name)
    return others if value is None else (*others, (name, value))

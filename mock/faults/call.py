"""Calls and answers: what a faulty server is asked, and what it sends back."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from ..writing import dumps

if TYPE_CHECKING:
    from ...spec.contract import Contract
    from ...spec.model import Operation, Pagination, SecurityScheme
    from ...spec.parameters import Parameter

_SUCCESS = range(200, 300)
_ERROR = range(400, 600)

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One request to an operation of the contract.

    `path` is as it was sent, below the base path of the contract; `pairs` are the parameters of the
    query, undecoded; names of `headers` are in lower case. `count` says the how manyth call of the
    fault this is, from 1.
    """

    contract: Contract
    operation: Operation
    method: str
    path: str
    pairs: tuple[tuple[str, str], ...]
    headers: Headers
    body: bytes
    count: int

    @property
    def paging(self) -> Pagination:
        """How the operation pages."""
        if self.operation.pagination is None:
            raise ValueError(f"{self.operation.id} has no pages")
        return self.operation.pagination

    @property
    def is_listing(self) -> bool:
        """Whether the call reads a list by pages, all of its parameters right."""
        paging = self.operation.pagination
        reads = self.method in {self.operation.method, "HEAD"}
        return reads and paging is not None and None not in {self.page, self.size}

    @property
    def page(self) -> int | None:
        """The page that is asked for, None where it is missing or wrong."""
        paging = self.operation.pagination
        return self.number(paging.page) if paging else None

    @property
    def size(self) -> int | None:
        """The page size that is asked for, None where it is missing or wrong."""
        paging = self.operation.pagination
        return self.number(paging.size) if paging else None

    @property
    def first_row(self) -> int:
        """How many rows stand before this page in the list."""
        return ((self.page or 1) - 1) * (self.size or 0)

    @property
    def names(self) -> tuple[str, ...]:
        """The values of the path parameters as they were sent, in the order of the contract."""
        raw = self.operation.match(self.path) or {}
        return tuple(raw.get(p.name, "") for p in self.operation.located("path"))

    def texts(self, parameter: Parameter) -> list[str]:
        """Give the values of a query parameter, decoded."""
        return [decoded(value) for name, value in self.pairs if decoded(name) == parameter.name]

    def number(self, parameter: Parameter) -> int | None:
        """Give the value of an integer parameter, None where it is missing or wrong."""
        reading = parameter.read(self.texts(parameter))
        value = reading.value if reading.fault is None else None
        return value if isinstance(value, int) else None

    def tied(self, requirement: str) -> Parameter | None:
        """Give the parameter of which a situation is tied to a requirement, None without one."""
        for parameter in self.operation.parameters:
            if requirement in parameter.requirements.values():
                return parameter
        return None

    def where(self, parameter: Parameter, text: str | None) -> Call:
        """Give the call with another value of a query parameter, or without it."""
        others = [(name, value) for name, value in self.pairs if decoded(name) != parameter.name]
        own = [] if text is None else [(parameter.name, text)]
        return replace(self, pairs=(*others, *own))

    def of_page(self, page: int, size: int) -> Call:
        """Give the call for another page of the same list."""
        return self.where(self.paging.page, str(page)).where(self.paging.size, str(size))

    def to(self, names: tuple[str, ...]) -> Call:
        """Give the same call for another list."""
        path = self.operation.path
        for parameter, name in zip(self.operation.located("path"), names, strict=True):
            path = path.replace(f"{{{parameter.name}}}", name)
        return replace(self, path=path)

    @property
    def scheme(self) -> SecurityScheme | None:
        """The first security scheme of the operation, None where it is open to everybody."""
        return self.operation.security[0][0] if any(self.operation.security) else None

    @property
    def token(self) -> str | None:
        """The credential that was sent, None without one; it stands in a header."""
        for name, value in self.headers:
            if name == self._header:
                return value.decode("latin-1").removeprefix(self._word)
        return None

    def with_token(self, token: str) -> Call:
        """Give the call with another credential."""
        value = f"{self._word}{token}".encode("latin-1")
        return self.with_header(self._header, value)

    @property
    def _header(self) -> bytes:
        scheme = self.scheme
        named = scheme is not None and scheme.kind == "apiKey" and scheme.location == "header"
        return scheme.name.lower().encode() if scheme and named else b"authorization"

    @property
    def _word(self) -> str:
        return "" if self.scheme is None or self.scheme.kind == "apiKey" else "Bearer "

    def header(self, name: bytes) -> bytes | None:
        """Give the first value of a header, by its name in lower case."""
        return next((value for own, value in self.headers if own == name), None)

    def with_header(self, name: bytes, value: bytes | None) -> Call:
        """Give the call with another value of a header, or without it."""
        return replace(self, headers=_with(self.headers, name, value))


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back, and what becomes of it on the way.

    `delay` are seconds before it; with `cut` the connection ends after so many bytes of the body,
    with `dropped` before anything was sent.
    """

    status: int
    headers: Headers
    body: bytes
    delay: float = 0.0
    cut: int | None = None
    dropped: bool = False

    @property
    def is_success(self) -> bool:
        """Whether it is a success with a body."""
        return self.status in _SUCCESS and bool(self.body)

    @property
    def is_error(self) -> bool:
        """Whether it is an error, 4xx or 5xx."""
        return self.status in _ERROR

    @property
    def json(self) -> Any:
        """The body as JSON, None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def but(self, status: int | None = None, body: bytes | None = None, **headers: str) -> Answer:
        """Give the answer with another status, another body or other headers (content_type=…)."""
        answer = replace(
            self,
            status=self.status if status is None else status,
            body=self.body if body is None else body,
        )
        for name, value in headers.items():
            answer = answer.with_header(name.replace("_", "-"), value)
        return answer

    def saying(self, value: Any) -> Answer:
        """Give the answer with another body, as JSON."""
        return replace(self, body=dumps(value))

    def with_header(self, name: str, value: str | None) -> Answer:
        """Give the answer with another value of a header, or without it."""
        raw = None if value is None else value.encode("latin-1")
        return replace(self, headers=_with(self.headers, name.encode(), raw))


def _with(headers: Headers, name: bytes, value: bytes | None) -> Headers:
    others = tuple(header for header in headers if header[0] != name)
    return others if value is None else (*others, (name, value))


def decoded(text: str) -> str:
    """Undo the encoding of a form; bytes that are no UTF-8 become marks that no number has."""
    data = unquote_to_bytes(text.replace("+", " ").encode("latin-1"))
    return data.decode("utf-8", "replace")

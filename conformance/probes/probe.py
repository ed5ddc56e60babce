"""Probes: requests with the reason why they are sent, and the caller that writes them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from ...spec import credentials
from ..http.exchange import Request

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ...spec.model import Operation, Pagination, SecurityScheme
    from ..evidence.walk import ListId
    from ..http.exchange import Headers

# What a path or a query may hold as it is (RFC 3986): all else is escaped, but for raw text.
_SAFE = "-._~"


@dataclass(frozen=True, slots=True)
class Probe:
    """One request to send: why, and whether a smoke run has it.

    With `nowhere` it is sent only as long as no response showed rows at its path. With `shared` it
    is sent on the connection of the request before it. Without, a request that has no valid token
    gets a connection of its own.
    """

    request: Request
    note: str
    smoke: bool = False
    nowhere: bool = False
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """Writes requests for one operation and one list.

    `path` has the values of the path parameters, `token` is a valid one, `prefix` comes before the
    contract's paths. With `bare`, the headers that the contract requires but does not send in its
    own example are left out (decision D1).
    """

    operation: Operation
    path: Mapping[str, str]
    token: str
    host: str
    prefix: str = ""
    bare: bool = False

    @property
    def list_id(self) -> ListId:
        """Which list it is for."""
        values = tuple((p.name, self.path[p.name]) for p in self.operation.located("path"))
        return self.operation.id, values

    @property
    def name(self) -> str:
        """The name of the list, for people."""
        return ", ".join(self.path.values()) or self.operation.path

    def of(self, **path: str) -> Caller:
        """Return the same caller with other values in the path."""
        return replace(self, path={**self.path, **path})

    @property
    def nowhere(self) -> Caller | None:
        """The same caller for a list that does not exist, None if the contract names none."""
        unknown = {p.name: p.unknown for p in self.operation.located("path") if p.unknown}
        return self.of(**unknown) if unknown else None

    def request(  # noqa: PLR0913 - all that a probe can change, by name
        self,
        *,
        page: int | None = None,
        size: int | None = None,
        method: str | None = None,
        query: Mapping[str, str | None] | None = None,
        extra: Iterable[tuple[str, str]] = (),
        segments: Mapping[str, str] | None = None,
        headers: Mapping[str, str | None] | None = None,
        token: str | None = None,
    ) -> Request:
        """Write a valid request, and then make the changes that are asked for.

        `query` has raw values by parameter, None to leave one out; `extra` is put behind them as it
        is; `segments` has raw values of path parameters; `headers` has other values, None to leave
        one out; `token` takes the place of the valid one.
        """
        target = self._target(self._query(page, size, query or {}), list(extra), segments or {})
        method = method or self.operation.method
        return Request(method, target, self._headers(method, headers or {}, token))

    def _query(
        self, page: int | None, size: int | None, changes: Mapping[str, str | None]
    ) -> list[tuple[str, str]]:
        paging = self.operation.pagination
        values: dict[str, str | None] = {
            p.name: quote(_written(p.example), safe=_SAFE)
            for p in self.operation.located("query")
            if p.required and p.example is not None
        }
        if paging is not None:
            values[paging.page.name] = str(paging.page.minimum if page is None else page)
            values[paging.size.name] = str(paging.size.example if size is None else size)
        values.update(changes)
        return [(name, value) for name, value in values.items() if value is not None]

    def _target(
        self, query: list[tuple[str, str]], extra: list[tuple[str, str]], raw: Mapping[str, str]
    ) -> bytes:
        path = self.operation.path
        for name, value in self.path.items():
            path = path.replace(f"{{{name}}}", raw.get(name, quote(value, safe=_SAFE)))
        pairs = [*query, *self._in_query(), *extra]
        text = "&".join(f"{name}={value}" for name, value in pairs)
        return f"{self.prefix}{path}{f'?{text}' if text else ''}".encode("latin-1")

    def _in_query(self) -> list[tuple[str, str]]:
        return [
            (scheme.name, quote(self.token, safe=_SAFE))
            for scheme in self.operation.first_schemes
            if scheme.place == "query"
        ]

    def _headers(
        self, method: str, changes: Mapping[str, str | None], token: str | None
    ) -> Headers:
        values: dict[str, str | None] = {"Host": self.host}
        for scheme in self.operation.first_schemes:
            if (header := credential(scheme, self.token if token is None else token)) is not None:
                values[header[0]] = header[1]
        if not self.bare:
            values.update({h.name: h.value for h in self.operation.required_headers})
        if method in {"POST", "PUT", "PATCH"}:
            values["Content-Length"] = "0"
        values.update(changes)
        return tuple((name, value) for name, value in values.items() if value is not None)


def page_of(caller: Caller, paging: Pagination, page: int, size: int) -> Probe:
    """Return a request for a page of a certain size."""
    return Probe(caller.request(page=page, size=size), f"page {page} at {paging.size.name} {size}")


def page_out_of_bounds(caller: Caller, paging: Pagination, page: int, size: int) -> Probe:
    """Return a request for a page that cannot exist."""
    note = f"{paging.page.name}={page} at {paging.size.name} {size}"
    return Probe(caller.request(page=page, size=size), note)


def credential(scheme: SecurityScheme, token: str) -> tuple[str, str] | None:
    """Return the header that carries a token, None if it is carried elsewhere."""
    value = credentials.write(scheme, token)
    if scheme.place == "cookie":
        return "Cookie", f"{scheme.name}={value}"
    return (scheme.header, value) if scheme.place == "header" else None


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(_written(element) for element in value)
    return str(value)

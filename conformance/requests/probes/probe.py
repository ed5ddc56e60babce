"""Probes: requests with the reason why they are sent, and the caller that writes them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from ....mock.requests.draft import replaced
from ....spec import credentials
from ...http.exchange import Request

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ....mock.requests.draft import Draft
    from ....spec.model.lists import Pagination
    from ....spec.model.operation import Operation
    from ....spec.parameters.received import Pairs
    from ...evidence.walk import ListId

# What a path or a query may hold as it is (RFC 3986): all else is escaped, but for raw text.
_SAFE = "-._~"


@dataclass(frozen=True, slots=True)
class Probe:
    """One request to send: why, and whether a smoke run has it.

    With `nowhere` it is sent only as long as no response showed rows at its path. With `shared` it
    is sent on the connection of the request before it. Without, a request that has no valid token
    gets a connection of its own. With `apart`, only what another request changed is judged by it.
    """

    request: Request
    note: str
    smoke: bool = False
    nowhere: bool = False
    shared: bool = False
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """Writes requests for one operation and one list.

    `draft` is a valid request, `path` has the values of its path parameters, `token` is a valid
    one, `prefix` comes before the contract's paths. With `bare`, the headers that the contract
    requires but does not send in its own example are left out (decision D1).
    """

    draft: Draft
    path: Mapping[str, str]
    token: str
    host: str
    prefix: str = ""
    bare: bool = False

    @property
    def operation(self) -> Operation:
        """The operation that it is for."""
        return self.draft.operation

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
        cookies: Mapping[str, str | None] | None = None,
        token: str | None = None,
        credentials: Mapping[str, str | None] | None = None,
        body: bytes | None = None,
    ) -> Request:
        """Write a valid request, and then make the changes that are asked for.

        `query` and `cookies` have raw values by parameter, None to leave one out; `extra` is put
        behind the query as it is; `segments` has raw values of path parameters; `headers` has other
        values, None to leave one out; `token` takes the place of the valid one; `credentials` has
        what is sent for security schemes, by their ids, None to leave one out; `body` takes the
        place of the body. A request with another method has no body.
        """
        method = method or self.operation.method
        if body is None:
            body = self.draft.body if method == self.operation.method else b""
        given = self._credentials(self.token if token is None else token, credentials or {})
        written = [*self._query(page, size, query or {}), *given["query"], *extra]
        values: dict[str, str | None] = {"Host": self.host, **self.draft.headers}
        values.update(given["header"])
        if pairs := [*_changed(self.draft.cookies, cookies or {}), *given["cookie"]]:
            values["Cookie"] = "; ".join(f"{name}={value}" for name, value in pairs)
        if not self.bare:
            values.update({h.name: h.value for h in self.operation.required_headers})
        if body:
            values["Content-Type"] = self.draft.content_type
        if body or method in {"POST", "PUT", "PATCH"}:
            values["Content-Length"] = str(len(body))
        values.update(headers or {})
        sent = tuple((name, value) for name, value in values.items() if value is not None)
        return Request(method, self._target(written, segments or {}), sent, body)

    def _credentials(
        self, token: str, changes: Mapping[str, str | None]
    ) -> Mapping[str, list[tuple[str, str]]]:
        """Return the raw credentials by their place; schemes with one header have one there."""
        schemes = self.operation.first_schemes
        written: dict[tuple[str, str], str | None] = {
            (each.place, each.header): credentials.write(each, token) for each in schemes
        }
        written.update(
            ((each.place, each.header), changes[each.id]) for each in schemes if each.id in changes
        )
        given: dict[str, list[tuple[str, str]]] = {"header": [], "query": [], "cookie": []}
        for (place, name), value in written.items():
            if value is not None:
                given[place].append((name, value))
        return given

    def _query(
        self, page: int | None, size: int | None, changes: Mapping[str, str | None]
    ) -> list[tuple[str, str]]:
        paging = self.operation.pagination
        values: dict[str, str | None] = {}
        if paging is not None:
            values[paging.page.name] = str(paging.page.minimum if page is None else page)
            values[paging.size.name] = str(paging.usual if size is None else size)
        elif size is not None and self.operation.size is not None:
            values[self.operation.size.name] = str(size)
        return _changed(self.draft.query, {**values, **changes})

    def _target(self, query: Iterable[tuple[str, str]], raw: Mapping[str, str]) -> bytes:
        values = {}
        for name, value in self.path.items():
            usual = self.draft.segments[name] if value == self.draft.path[name] else None
            values[name] = raw.get(name, usual or quote(value, safe=_SAFE))
        path = self.operation.filled(values)
        text = "&".join(f"{name}={value}" for name, value in query)
        return f"{self.prefix}{path}{f'?{text}' if text else ''}".encode("latin-1")


def _changed(
    pairs: Mapping[str, Pairs], changes: Mapping[str, str | None]
) -> list[tuple[str, str]]:
    """Return raw pairs, with other values for some names or without them."""
    values = {name: [] if value is None else [value] for name, value in changes.items()}
    return replaced(pairs, values)


def page_of(caller: Caller, paging: Pagination, page: int, size: int) -> Probe:
    """Return a request for a page of a certain size."""
    return Probe(caller.request(page=page, size=size), f"page {page} at {paging.size.name} {size}")


def page_out_of_bounds(caller: Caller, paging: Pagination, page: int, size: int) -> Probe:
    """Return a request for a page that cannot exist."""
    note = f"{paging.page.name}={page} at {paging.size.name} {size}"
    return Probe(caller.request(page=page, size=size), note)

"""Parses requests: by a contract, the conditions are recognized in the request itself.

A rule must be able to judge any exchange, whoever sent it: a probe, a browser whose traffic was
recorded, a client behind a proxy. So the rules are not told why a request was sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...spec.bodies import body as bodies
from ...spec.credentials import read
from ...spec.parameters import ParameterFault
from ...spec.parameters.received import cookie_pairs, grouped, query_pairs, received_of
from .credentials import decode, is_near, variable_of
from .derived_names import derived_names
from .parsed_request import CONTENT_CODING, OTHER_METHODS, Condition, Kind, ParsedRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ...spec.contract import Contract
    from ...spec.model.operation import Operation
    from ...spec.model.schemes import SecurityScheme
    from ...spec.parameters import Parameter
    from ...spec.parameters.received import Received
    from ..http.exchange import Request

# A page from which on no list reaches: 2^31 - 1 pages of one row each.
ASTRONOMICAL = 2**31 - 1
# A longer value in a path counts as hostile, like one with special characters.
LONG_VALUE = 100
# Requests of which it is remembered what they have beside their path, and their characters.
_MOST_KNOWN, _LONGEST_KNOWN = 500, 2_000
_PLAIN = re.compile(r"[A-Za-z0-9._~-]+", re.ASCII)
_DOTS = re.compile(r"\.+")
# Methods HTTP itself gives meaning to wherever there is a GET.
_ALWAYS_FINE = {"HEAD", "OPTIONS"}
_LEFT_OPEN = {ParameterFault.AMBIGUOUS, ParameterFault.LENIENT}
_TOKENS = {"valid": Kind.VALID, "another": Kind.OPEN}
"""What a token means for the response; every other one is invalid."""
_LET_IN = {"missing": 0, "another": 2, "valid": 3}
"""How near a token comes to being valid; every other one that is sent is 1."""


@dataclass(frozen=True, slots=True)
class RequestParser:
    """Reads requests by a contract.

    `tokens` are the valid ones; None if they are unknown, as in a recording, and any token is then
    taken for valid. `known` are the values of path parameters that exist, None if they are unknown.
    `prefix` comes before the contract's paths in a target. With `bare`, requests may omit the
    headers that the contract requires but does not send in its own example (decision D1).
    """

    contract: Contract
    prefix: str = ""
    tokens: frozenset[str] | None = None
    known: frozenset[str] | None = None
    bare: bool = False
    _read: dict[tuple[Any, ...], tuple[dict[str, Any], tuple[Condition, ...]]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def operation_of(self, request: Request) -> tuple[Operation, Mapping[str, str]] | None:
        """Return the operation that a request is for, with the raw values of its path parameters.

        One of another method where the path has none of this one; None where the contract has
        nothing to say.
        """
        path = request.path
        if not path.startswith(self.prefix):
            return None
        routes = self.contract.routes
        path = path[len(self.prefix) :]
        if request.method in _ALWAYS_FINE:
            return routes.find(request.method, path)
        return routes.nearest(request.method, path)

    def has_valid_token(self, request: Request) -> bool:
        """Whether a request has a valid token, needs none, or is for no operation."""
        reading = self.read(request)
        return reading is None or reading.has_valid_token

    def read(self, request: Request) -> ParsedRequest | None:
        """Return the parsed request, None if it is for no operation of the contract."""
        found = self.operation_of(request)
        if found is None:
            return None
        operation, raw = found
        values: dict[str, Any] = {}
        conditions: list[Condition] = []
        if operation.method != request.method:
            requirement = operation.requirements.get("otherMethods")
            conditions.append(
                Condition(f"method {request.method}", OTHER_METHODS, Kind.INVALID, requirement)
            )
        conditions += self._path(operation, raw, values)
        conditions += self._beside_path(operation, request, values)
        return ParsedRequest(operation, values, tuple(conditions))

    def _beside_path(
        self, operation: Operation, request: Request, values: dict[str, Any]
    ) -> Sequence[Condition]:
        """Return the conditions of all but the path, which most requests of a client have alike."""
        paging = operation.pagination
        page = [each.name for each in (paging.page, paging.size)] if paging else []
        read = {name: values[name] for name in page if name in values}
        key = (operation.id, request.method, request.query, request.headers, repr(read))
        found = None if request.body else self._read.get(key)
        if found is None:
            found = read, tuple(self._conditions(operation, request, read))
            if not request.body and _size(request) <= _LONGEST_KNOWN:
                if len(self._read) >= _MOST_KNOWN:
                    self._read.clear()
                self._read[key] = found
        values.update(found[0])
        return found[1]

    def _conditions(
        self, operation: Operation, request: Request, values: dict[str, Any]
    ) -> Iterator[Condition]:
        yield from self._query(operation, request.query, values)
        yield from _beside(operation, request, values)
        yield from _body(operation, request)
        yield from () if self.bare else _headers(operation, request)
        yield from _codings(operation, request)
        yield from self._security(operation, request, values)

    def _path(
        self, operation: Operation, raw: Mapping[str, str], values: dict[str, Any]
    ) -> Iterator[Condition]:
        for parameter in operation.located("path"):
            text = raw[parameter.name]
            value = decode(text)
            reading = parameter.receive({parameter.name: (text,)})
            values[parameter.name] = value if reading.fault is not None else reading.value
            if self.known is not None and value in self.known:
                continue  # a known list is valid, however its name is encoded
            name = "unknown"
            if "derived" in parameter.requirements and self._is_derived(value):
                name = "derived"
            elif parameter.is_text and not _is_plain(text):
                name = "hostile"
            elif reading.fault is not None:
                name = reading.fault.value
            elif self.known is None:
                continue
            yield _of_parameter(parameter, name, Kind.OPEN)

    def _is_derived(self, value: str) -> bool:
        return any(value in derived_names(known) for known in self.known or ())

    def _query(
        self, operation: Operation, query: str, values: dict[str, Any]
    ) -> Iterator[Condition]:
        given = grouped(query_pairs(query))
        for parameter in operation.located("query"):
            yield from _received(operation, parameter, given, values)
        for name in sorted(given.keys() - operation.listed(given)):
            tied = (p.requirements.get("ambiguous") for p in operation.parameters)
            first = next((each for each in tied if each is not None), None)
            yield Condition(f"query parameter {name}", "parameter.ambiguous", Kind.OPEN, first)

    def _security(
        self, operation: Operation, request: Request, values: Mapping[str, Any]
    ) -> Iterator[Condition]:
        """Yield the condition of the credential that decides: the first one that is wrong.

        It is of the alternative that comes nearest to letting the request in.
        """
        if not operation.security or not all(operation.security):
            return  # the operation is open to everybody
        found = [
            [(scheme, self._credential(scheme, request)) for scheme in each]
            for each in operation.security
        ]
        nearest = max(found, key=lambda each: min(_LET_IN.get(name, 1) for _, name in each))
        scheme, name = min(nearest, key=lambda each: _LET_IN.get(each[1], 1))
        kind = _TOKENS.get(name, Kind.INVALID)
        if kind is Kind.INVALID and "everywhere" in scheme.requirements:
            name = name if _on_first_page(operation, values) else "everywhere"
        element = f"{scheme.location} {scheme.name}"
        yield Condition(element, f"security.{name}", kind, scheme.requirements.get(name))

    def _credential(self, scheme: SecurityScheme, request: Request) -> str:
        given = read(scheme, request.headers, request.query)
        if not given:
            return "missing"
        if not given[0]:
            return "empty"
        if self.tokens is not None and given[0] in self.tokens:
            return "valid"
        if variable_of(given[0]) is not None:
            return "another"
        if self.tokens is None:
            return "valid"
        return "nearMiss" if any(is_near(given[0], token) for token in self.tokens) else "unknown"


def _size(request: Request) -> int:
    return len(request.target) + sum(len(name) + len(value) for name, value in request.headers)


def _is_plain(segment: str) -> bool:
    is_plain = _PLAIN.fullmatch(segment) and not _DOTS.fullmatch(segment)
    return bool(is_plain) and len(segment) <= LONG_VALUE


def _beside(operation: Operation, request: Request, values: dict[str, Any]) -> Iterator[Condition]:
    """Yield the conditions of parameters in headers and cookies."""
    headers = received_of("header", request.headers)
    cookies = grouped(cookie_pairs("; ".join(headers.get("cookie", ()))))
    for location, received in (("header", headers), ("cookie", cookies)):
        for parameter in operation.located(location):
            yield from _received(operation, parameter, received, values)


def _body(operation: Operation, request: Request) -> Iterator[Condition]:
    """Yield the condition of a body that is not as declared: a server may take it all the same."""
    declared = operation.body
    if declared is None or request.method != operation.method:
        return
    if not request.body:
        if declared.required:
            yield Condition("body", "body.missing", Kind.OPEN, None)
        return
    content_type = ", ".join(received_of("header", request.headers).get("content-type", ()))
    media = declared.media_for(content_type)
    if media is None:
        yield Condition("body", "body.mediaType", Kind.OPEN, None)
        return
    try:
        found = bodies.read(media, content_type, request.body)
        valid = media.schema is None or not found.judged or media.schema.accepts(found.value)
    except (bodies.BodyError, RecursionError, ValueError):
        valid = False
    if not valid:
        yield Condition("body", "body.invalid", Kind.OPEN, None)


def _received(
    operation: Operation, parameter: Parameter, received: Received, values: dict[str, Any]
) -> Iterator[Condition]:
    """Yield the conditions of a parameter, and store its value if it is valid."""
    reading = parameter.receive(received)
    if reading.fault is not None:
        kind = Kind.OPEN if reading.fault in _LEFT_OPEN else Kind.INVALID
        yield _of_parameter(parameter, reading.fault.value, kind)
    elif reading.value is not None:  # else it is optional, and was not sent
        values[parameter.name] = reading.value
        for name in _valid_conditions(operation, parameter.name, reading.value):
            kind = Kind.OPEN if name in {"astronomical", "cursor"} else Kind.VALID
            yield _of_parameter(parameter, name, kind)


def _of_parameter(parameter: Parameter, name: str, kind: Kind) -> Condition:
    element = f"{parameter.location} parameter {parameter.name}"
    return Condition(element, f"parameter.{name}", kind, parameter.requirements.get(name))


def _valid_conditions(operation: Operation, name: str, value: Any) -> Iterator[str]:
    paging, size = operation.pagination, operation.size
    cursor = operation.cursors.cursor if operation.cursors else None
    if cursor is not None and name == cursor.name:
        yield "cursor"
    if not isinstance(value, int):
        return
    if paging is not None and name == paging.page.name and value >= ASTRONOMICAL:
        yield "astronomical"
    if size is not None and name == size.name:
        if value == size.maximum:
            yield "atMaximum"
        elif value == size.minimum:
            yield "atMinimum"
        elif value != size.example:
            yield "between"


def _on_first_page(operation: Operation, values: Mapping[str, Any]) -> bool:
    paging = operation.pagination
    if paging is None:
        return True
    page = values.get(paging.page.name, paging.page.minimum)
    size = values.get(paging.size.name, paging.size.example)
    return bool(page == paging.page.minimum and size == paging.size.example)


def _codings(operation: Operation, request: Request) -> Iterator[Condition]:
    if any(name.lower() == "accept-encoding" for name, _ in request.headers):
        requirement = operation.requirements.get("contentCoding")
        yield Condition("header Accept-Encoding", CONTENT_CODING, Kind.VALID, requirement)


def _headers(operation: Operation, request: Request) -> Iterator[Condition]:
    for header in operation.required_headers:
        given = [value for name, value in request.headers if name.lower() == header.name.lower()]
        accepted = any(value.partition(";")[0].strip().lower() == header.value for value in given)
        if accepted:
            name, kind = "accepted", Kind.VALID
        else:
            name, kind = ("other" if given else "missing"), Kind.OPEN
        requirement = header.requirements.get(name)
        yield Condition(f"header {header.name}", f"header.{name}", kind, requirement)

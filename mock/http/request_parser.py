"""Parses the parameters of a request, in its path, query, headers and cookies, by the contract.

Every parameter is parsed strictly. The first one that is wrong raises an ErrorResponse that says
what was sent and what is expected.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from ...spec.describing import actual
from ...spec.model.lists import Oversize, UnknownList
from ...spec.parameters import ParameterFault, explain
from ...spec.parameters.received import cookie_pairs, decoded, grouped
from ...spec.visible import cut
from .error_response import ErrorResponse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...spec.model.operation import Operation
    from ...spec.parameters import Parameter, ParameterReading
    from ...spec.parameters.received import Received
    from ..access.client_profiles import ClientProfile

_LONGEST_NAME = 255
_CACHED, _SHORT = 1024, 100
"""How many queries are cached for an operation, and the longest one, in bytes."""
MOST_PAIRS = 200
"""How many parameters a query may have."""
_BAD, _GONE = 400, 404


@dataclass(slots=True)
class IncomingRequest:
    """A request as it came in; `names` are the parameters in its path, still percent-encoded.

    `profile` is that of its headers, None if it has none. With `forgets`, nothing of it is stored.
    """

    method: str
    names: Mapping[str, str]
    query: bytes
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes = b""
    profile: ClientProfile | None = None
    forgets: bool = False

    def header(self, name: bytes) -> str | None:
        """Return a header by its name in lower case, its values joined; None if it is missing."""
        values = [value for own, value in self.headers if own == name]
        return b", ".join(values).decode("latin-1") if values else None


@dataclass(slots=True)
class Parameters:
    """The parsed parameters: values by name, and the values of the path in order."""

    values: Mapping[str, Any]
    names: tuple[str, ...]


class ParameterParser:
    """Parses the parameters of one operation."""

    def __init__(self, operation: Operation) -> None:
        self._in_path = tuple([(each, _is_free(each)) for each in operation.located("path")])
        self._in_query = tuple(operation.located("query"))
        self._in_headers = tuple(operation.located("header"))
        self._in_cookies = tuple(operation.located("cookie"))
        pagination = operation.pagination
        clamps = pagination is not None and pagination.oversize is Oversize.CLAMP
        self._clamped = pagination.size.name if pagination is not None and clamps else None
        self._serves_unknown = (
            pagination is not None and pagination.unknown_list is UnknownList.EMPTY
        )
        # The same page and size are requested again and again, for any list.
        self._cached = lru_cache(maxsize=_CACHED)(self._read_query)

    def read(self, incoming: IncomingRequest) -> Parameters:
        """Return all parameters; raise ErrorResponse at the first one that is wrong."""
        read = self._cached if len(incoming.query) <= _SHORT else self._read_query
        values = read(incoming.query).copy() if self._in_query else {}
        if self._in_headers:
            headers = ((n.decode("latin-1"), v.decode("latin-1")) for n, v in incoming.headers)
            self._all(self._in_headers, grouped(headers), values)
        if self._in_cookies:
            cookies = cookie_pairs(incoming.header(b"cookie") or "")
            self._all(self._in_cookies, grouped(cookies), values)
        names = []
        for parameter, free in self._in_path:
            value = self._name(parameter, incoming.names[parameter.name], free=free)
            values[parameter.name] = value
            names.append(str(value))
        return Parameters(values, tuple(names))

    def _read_query(self, query: bytes) -> dict[str, Any]:
        values: dict[str, Any] = {}
        pairs = _pairs(query)
        for parameter in self._in_query:
            usual = parameter.usual(pairs.get(parameter.name, ()))
            if usual is None:
                self._one(parameter, pairs, values)
            else:
                values[parameter.name] = usual
        return values

    def _all(
        self, parameters: Sequence[Parameter], received: Received, values: dict[str, Any]
    ) -> None:
        for parameter in parameters:
            self._one(parameter, received, values)

    def _one(self, parameter: Parameter, received: Received, values: dict[str, Any]) -> None:
        reading = parameter.receive(received)
        if reading.fault is ParameterFault.ABOVE and parameter.name == self._clamped:
            values[parameter.name] = parameter.maximum
        elif reading.fault is not None:
            raise _wrong(parameter, reading)
        elif reading.value is not None:
            values[parameter.name] = reading.value

    def _name(self, parameter: Parameter, encoded: str, *, free: bool) -> Any:
        """Return a value of the path; raise a 404 for one that no resource can have.

        Every text is a value of a parameter that is `free`.
        """
        text = _decoded(encoded)
        if text is None:
            raise _not_found(parameter, cut(encoded), ", which is not UTF-8")
        if len(text) > _LONGEST_NAME:
            raise _not_found(parameter, text, f"; it is longer than {_LONGEST_NAME} characters")
        if not text.isprintable() or not text.strip():
            raise _not_found(parameter, text, "; it is blank or has control characters")
        value: Any = text
        if not free:
            reading = parameter.receive({parameter.name: (encoded,)})
            if reading.fault is not None:
                raise _wrong(parameter, reading)
            value = reading.value
        if not self._serves_unknown and parameter.is_unknown(text):
            raise _not_found(parameter, text, ", which does not exist")
        return value


def _is_free(parameter: Parameter) -> bool:
    """Whether every text except the empty one is a value of a parameter."""
    schema = parameter.schema
    rest = {"type", "minLength", "description", "example", "title", "default"}
    return (
        parameter.serialization.is_bare
        and schema.get("type") == "string"
        and schema.get("minLength", 0) <= 1
        and all(word in rest or word.startswith("x-") for word in schema)
    )


def _wrong(parameter: Parameter, reading: ParameterReading) -> ErrorResponse:
    missing = reading.fault is ParameterFault.MISSING
    title = f"{parameter.name} is {'missing' if missing else 'not valid'}"
    return ErrorResponse(_BAD, title, explain(parameter, reading))


def _not_found(parameter: Parameter, text: str, why: str) -> ErrorResponse:
    detail = f"path parameter {parameter.name} is {actual(text)}{why}"
    return ErrorResponse(_GONE, "Not found", detail)


def _decoded(text: str) -> str | None:
    if "%" not in text:
        return text if text.isascii() else _utf8(text.encode("latin-1", "replace"))
    return _utf8(unquote_to_bytes(text))


def _utf8(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _pairs(query: bytes) -> dict[str, list[str]]:
    """Return the raw values of a query by decoded name."""
    found: dict[str, list[str]] = {}
    if not query:
        return found
    pairs = query.split(b"&", MOST_PAIRS)
    if len(pairs) > MOST_PAIRS:
        raise ErrorResponse(
            _BAD, "Query is too long", f"the query has more than {MOST_PAIRS} parameters"
        )
    plain = b"%" not in query and b"+" not in query
    if plain and query.isascii():
        for text in query.decode().split("&"):
            own, _, its = text.partition("=")
            found.setdefault(own, []).append(its)
        return found
    for pair in pairs:
        name, _, value = pair.partition(b"=")
        if pair and len(name) <= _LONGEST_NAME * len("%41"):  # no parameter has a longer name
            found.setdefault(decoded(name.decode("latin-1")), []).append(value.decode("latin-1"))
    return found

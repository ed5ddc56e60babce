"""Bodies of requests, and of responses that are not lists."""

from __future__ import annotations

import copy
from base64 import b64decode
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ...spec.bodies.body import BodyError, read
from ...spec.schemas.violations import MISSING
from ..data.attempts import UnserveableError, valid
from ..data.keystream import Draw, digest
from ..data.providers import ProviderError
from ..response import StubResponse
from ..writing import dumps
from .declared import headers_of, status_of
from .error_response import ErrorResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...spec.model.media import DeclaredResponse
    from ...spec.model.operation import Operation
    from ...spec.schemas.validation import Schema
    from ..data.makers.compiler import Compiler
    from ..data.makers.made import Root
    from .request_parser import IncomingRequest, Parameters
    from .shown import Shown

_MOST_JUDGED = 50
"""The elements of a body in which violations are looked for, after the first one."""
_BAD = 400
_NO_CONTENT = (204, 205)
_IMAGES = {
    "image/png": b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mOYCQAAmwCaAKYyOQAAAABJRU5ErkJggg=="
    ),
    "image/svg+xml": b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">'
    b'<path fill="#999" d="M0 0h1v1H0z"/></svg>',
}
"""A grey image of one pixel in each format."""


def read_body(operation: Operation, incoming: IncomingRequest) -> Any:
    """Return the value of a body, None without one; raise ErrorResponse if it is not valid."""
    body = operation.body
    if body is None:
        return None
    if not incoming.body:
        if body.required:
            raise ErrorResponse(_BAD, "Body is missing", "the request has no body")
        return None
    content_type = incoming.header(b"content-type") or ""
    media = body.media_for(content_type)
    if media is None:
        return None
    try:
        value, judged = read(media, content_type, incoming.body)
    except BodyError as error:
        raise ErrorResponse(_BAD, error.title, str(error)) from None
    if media.schema is not None and judged:
        try:
            broken = media.schema.judge(value, most=_MOST_JUDGED).violations
        except (RecursionError, ValueError):
            what = "the body is nested too deeply"
            raise ErrorResponse(_BAD, "Body is not valid", what) from None
        if broken:
            first = broken[0]
            where = f"body {first.pointer}" if first.place else "the body"
            sent = "missing" if first.actual == MISSING else first.actual
            detail = f"{where} is {sent}; expected {first.expected}"
            raise ErrorResponse(_BAD, "Body is not valid", detail)
    return value


class Body:
    """The responses of an operation that does not return a list, by the names in its path.

    They are those that the contract declares for `status`, by default a success. Raises
    ProviderError if no value can be made for its schema.
    """

    def __init__(
        self, operation: Operation, compiler: Compiler, seed: bytes, status: int | None = None
    ) -> None:
        # Operations about the items of one list show an item alike.
        owner = operation.resource.list if operation.resource else operation.id
        self._seed = digest(seed, "body", owner, *([] if status is None else [status]))
        declared = operation.success or next(iter(operation.responses.values()), None)
        if status is not None:
            declared = operation.response_for(status)
        self._declared: DeclaredResponse | None = declared
        self.status = status or (200 if declared is None else status_of(declared))
        media = declared.json if declared is not None else None
        self._media = media
        self._root: Root | None = None
        if media is not None and media.schema is not None:
            self._root = compiler.root(media.schema.place)
            if not media.examples:
                self._make(())
        self._content = self._other(compiler)
        """The media type and the body if it is not JSON."""

    @cached_property
    def _headers(self) -> tuple[tuple[str, str], ...]:
        return () if self._declared is None else headers_of(self._declared)

    def reply(self, parameters: Parameters, sent: Any, shown: Shown | None = None) -> StubResponse:
        """Return the response to a request, with an item if one is `shown`.

        The same request gets the same bytes, as long as the item is the same.
        """
        headers = self._headers
        if shown is not None:
            headers = tuple(shown.headers(headers))
        if self._media is None or self.status in _NO_CONTENT:
            media_type, data = self._content
            return StubResponse.of(self.status, data, media_type, more=headers)
        key = (*parameters.names, *(f"{n}={v}" for n, v in sorted(parameters.values.items())))
        value = self._make(key if shown is None else shown.key)
        schema = self._media.schema
        merged = _merged(value, parameters.values, sent)
        for each in (merged, value) if shown is None else shown.within(merged):
            if schema is None or schema.accepts(each, parameters.values):
                return StubResponse.of(self.status, dumps(each), self._media.type, more=headers)
        broken = schema.judge(value, parameters.values).violations if schema else []
        raise UnserveableError("; ".join(map(str, broken[:3])))

    def _other(self, compiler: Compiler) -> tuple[str | None, bytes]:
        if self._declared is None or self.status in _NO_CONTENT:
            return None, b""
        for media in self._declared.media.values():
            value = next(iter(media.examples.values()), None)
            if value is None and media.type in _IMAGES:
                return media.type, _IMAGES[media.type]
            if value is None and media.schema is not None and media.type.startswith("text/"):
                value = self._text(media.schema, compiler)
            value = "" if value is None else value
            return media.type, value.encode() if isinstance(value, str) else dumps(value)
        return None, b""

    def _text(self, schema: Schema, compiler: Compiler) -> Any:
        """Return a value of a schema, None if none can be made."""
        try:
            root = compiler.root(schema.place)
            return valid(root, schema, lambda n: Draw(digest(self._seed, "text", n)))
        except (ProviderError, RecursionError):
            return None

    def _make(self, key: tuple[str, ...]) -> Any:
        media = self._media
        if media is None:
            return None
        if self._root is not None and media.schema is not None:
            try:
                seed = digest(self._seed, *key)
                return valid(self._root, media.schema, lambda n: Draw(digest(seed, n)))
            except UnserveableError:
                if not media.examples:
                    raise
        return copy.deepcopy(next(iter(media.examples.values()), None))


def _merged(value: Any, values: Mapping[str, Any], sent: Any) -> Any:
    """Copy path parameters and members of the request's body to members of the same name."""
    if not isinstance(value, dict):
        return value
    merged = {**value, **{name: own for name, own in values.items() if name in value}}
    if isinstance(sent, dict):
        merged.update({name: own for name, own in sent.items() if name in value})
    return merged

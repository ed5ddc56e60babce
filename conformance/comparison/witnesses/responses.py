"""Responses that may be valid by one of two contracts only, for each part of an operation."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from ....mock.http import declared
from ....spec.bodies import body as bodies
from ....spec.model.media import is_json
from ....spec.parameters import UnwritableError
from ....spec.schemas.writer import Direction
from ...http.exchange import Response
from ...records.record import WITHOUT_BODY
from .site import Part
from .values import differences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ....spec.model.media import DeclaredResponse, Media
    from ....spec.model.operation import Operation
    from ...http.exchange import Request
    from .party import Party
    from .site import Site

_MOST = 40
"""Bodies, or values of headers, that responses are made of, for one part."""
_RANGE = 3

Served: TypeAlias = "tuple[Party, Operation]"
"""A contract with its form of the operation."""


class Responses:
    """Responses to one request that the contract of `admitting` may admit, the other one not.

    `usual` are what the stubs of both respond.
    """

    def __init__(
        self, admitting: Served, refusing: Served, request: Request, usual: list[Response]
    ) -> None:
        (self._admitting, self._own), (self._refusing, self._other) = admitting, refusing
        self._request, self._usual = request, usual

    def of(self, site: Site) -> Iterator[Response]:
        """Yield responses, what is most likely a witness first."""
        for response in self._declared(site.status):
            status = _number(response, self._own, self._other, site)
            there = self._other.response_for(status)
            if there is None or site.part == Part.STATUS:
                yield from self._bare(response, status, "")
            elif site.part == Part.MEDIA:
                yield from self._bare(response, status, site.name)
            elif site.part == Part.HEADER:
                yield from self._headers(response, there, status, site)
            else:
                yield from self._bodies(response, there, status, site)

    def _declared(self, status: str) -> Iterator[DeclaredResponse]:
        """Yield what the admitting contract declares for a status, by its exact key first."""
        for each in dict.fromkeys((status, f"{status[:1]}XX", "default")):
            if each in self._own.responses:
                yield self._own.responses[each]

    def _bare(self, response: DeclaredResponse, status: int, kind: str) -> Iterator[Response]:
        """Yield a response with a body of each media type, or of the one that is named."""
        if not response.media or status in WITHOUT_BODY:
            yield self._response(response, status, None, b"")
        for media in response.media.values():
            if kind not in {"", media.type}:
                continue
            for value in self._values(media, status):
                with contextlib.suppress(UnwritableError):
                    written = bodies.write(media, value)
                    yield self._response(response, status, written.content_type, written.data)
                    break

    def _values(self, media: Media, status: int) -> Iterator[Any]:
        for usual in self._usual:
            if usual.status == status and is_json(media.type):
                with contextlib.suppress(ValueError):
                    yield json.loads(usual.body)
        yield from media.examples.values()
        yield from self._admitting.side(media.schema, Direction.RESPONSE).values(3)
        yield from ({}, "text")

    def _headers(
        self, response: DeclaredResponse, there: DeclaredResponse, status: int, site: Site
    ) -> Iterator[Response]:
        own = {name.lower(): header for name, header in response.headers.items()}
        other = {name.lower(): header for name, header in there.headers.items()}
        header, second = own.get(site.name.lower()), other.get(site.name.lower())
        for base in islice(self._bare(response, status, ""), 1):
            without = tuple(p for p in base.headers if p[0].lower() != site.name.lower())
            if header is None or not header.required:
                yield replace(base, headers=without)
            if header is None or second is None:
                for value in ("text", "-1"):
                    yield replace(base, headers=(*without, (site.name, value)))
                continue
            one = self._admitting.side(header.compiled, Direction.RESPONSE)
            two = self._refusing.side(second.compiled, Direction.RESPONSE)
            for each in islice(differences(one, two, site), _MOST):
                with contextlib.suppress(UnwritableError, UnicodeError):
                    value = header.write(each.value)[0][1]
                    if value.isascii() and value.isprintable():
                        yield replace(base, headers=(*without, (site.name, value)))

    def _bodies(
        self, response: DeclaredResponse, there: DeclaredResponse, status: int, site: Site
    ) -> Iterator[Response]:
        for media in response.media.values():
            second = there.media_for(media.type)
            if site.name not in {"", media.type} or second is None or not is_json(media.type):
                continue
            known = self._admitting.judge.known(self._request)
            one = self._admitting.side(media.schema, Direction.RESPONSE)
            two = self._refusing.side(second.schema, Direction.RESPONSE)
            bases = list(islice(self._values(media, status), 2))
            for each in islice(differences(one, two, site, bases, known), _MOST):
                with contextlib.suppress(UnwritableError, UnicodeError, ValueError):
                    written = bodies.write(media, each.value)
                    yield self._response(response, status, written.content_type, written.data)

    def _response(
        self, response: DeclaredResponse, status: int, kind: str | None, body: bytes
    ) -> Response:
        there = self._other.response_for(status)
        # Those of the other contract are for headers without a value that the one can write.
        values = dict(declared.headers_of(there)) if there is not None else {}
        values.update(declared.headers_of(response))
        if kind is not None:
            values["Content-Type"] = kind
        values["Content-Length"] = str(len(body))
        return Response(status, "", "HTTP/1.1", tuple(values.items()), body, len(body))


def _number(response: DeclaredResponse, own: Operation, other: Operation, site: Site) -> int:
    """Return a status that a declared response is for, one of the site's if it can be."""
    wanted = site.status if site.status.isdecimal() else response.status
    if wanted.isdecimal():
        return int(wanted)
    first = int(wanted[0]) * 100 if len(wanted) == _RANGE and wanted[0].isdecimal() else 500
    numbers = [
        number for number in range(first, first + 100) if own.response_for(number) is response
    ]
    undeclared = (number for number in numbers if other.response_for(number) is None)
    return next(undeclared, numbers[0] if numbers else first)

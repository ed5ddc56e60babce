"""Requests that may be valid by one of two contracts only, for each part of an operation."""

from __future__ import annotations

import contextlib
from itertools import chain, islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ....spec.bodies import body as bodies
from ....spec.parameters import UnwritableError
from ....spec.schemas.writer import Direction
from .party import masked
from .site import Part
from .values import differences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ....spec.model.media import Media, RequestBody
    from ....spec.model.operation import Operation
    from ....spec.parameters import Parameter
    from ...http.exchange import Request
    from ...requests.probes.probe import Caller
    from .party import Party
    from .site import Site
    from .values import Side

_MOST = 40
"""Values that requests are made of, for one part."""
_DRAWN = 3
"""Valid values of a parameter that are tried besides, as it may be written in another way."""


class Attempts:
    """Requests for one site that the contract of `admitting` may admit, and the other one not."""

    def __init__(self, admitting: Party, refusing: Party, own: Operation, other: Operation | None):
        self._admitting, self._refusing = admitting, refusing
        self._own, self._other = own, other

    def of(self, site: Site) -> Iterator[Request]:
        """Yield requests, what is most likely a witness first."""
        caller = self._admitting.caller(self._own)
        if caller is None:
            return
        make = _PARTS.get(Part(site.part))
        yield from make(self, caller, site) if make is not None else ()
        if site.part != Part.BODY or self._own.body is None:
            yield self.plain(caller)

    def plain(self, caller: Caller, **changes: Any) -> Request:
        """Return a valid request with changes; credentials are masks."""
        given = masked(caller.operation.first_schemes)
        return caller.request(**{"credentials": given, **changes})

    def pages(self, caller: Caller) -> Iterator[Request]:
        """Yield valid requests for a small page of a list, and for the second one."""
        paging = caller.operation.pagination
        if paging is not None:
            yield self.plain(caller, size=paging.least)
            yield self.plain(caller, page=paging.first + 1)

    def _parameters(self, caller: Caller, site: Site) -> Iterator[Request]:
        location = site.name.partition(" ")[0]
        own, other = (
            _found(each, location, site.parameter(each)) for each in (self._own, self._other)
        )
        if own is None:
            return
        if not own.required:
            yield self._with(caller, own, None)
        if own.may_be_empty and location == "query":
            yield self._with(caller, own, [(quote(own.name, safe=""), "")])
        values: Iterator[Any] = iter(())
        one = self._admitting.side(own.compiled, Direction.REQUEST)
        if other is not None:
            two = self._refusing.side(other.compiled, Direction.REQUEST)
            found = differences(one, two, site)
            values = (each.value for each in islice(found, _MOST))
        example = self._admitting.drafts.examples.of_parameter(own)
        for value in chain(values, [example], one.values(_DRAWN)):
            with contextlib.suppress(UnwritableError):
                pairs = own.write(value)
                if pairs:  # an empty array is not sent at all
                    yield self._with(caller, own, pairs)

    def _with(self, caller: Caller, parameter: Parameter, pairs: Any) -> Request:
        """Return a request with other raw pairs for a parameter, None to leave it out."""
        location, name = parameter.location, parameter.name
        if location == "path":
            return self.plain(caller, segments={name: pairs[0][1]})
        if location == "header":
            value = None if pairs is None else pairs[0][1]
            return self.plain(caller, headers={name: value})
        sent = [] if pairs is None else list(pairs)
        if location == "query":
            return self.plain(caller, query={name: None}, extra=sent)
        plain = self.plain(caller, cookies={name: None})
        if not sent:
            return plain
        written = "; ".join(f"{own}={value}" for own, value in sent)
        before = next((v for n, v in plain.headers if n == "Cookie"), "")
        both = "; ".join(filter(None, (before, written)))
        return self.plain(caller, cookies={name: None}, headers={"Cookie": both})

    def _bodies(self, caller: Caller, site: Site) -> Iterator[Request]:
        own, other = self._own.body, self._other.body if self._other else None
        if own is None:
            return
        if not own.required:
            yield self.plain(caller, body=b"", headers={"Content-Type": None})
        for media in own.media.values():
            if site.name in {"", media.type}:
                for value in self._body_values(media, other, site):
                    with contextlib.suppress(UnwritableError):
                        written = bodies.write(media, value)
                        headers = {
                            "Content-Type": written.content_type,
                            "Content-Length": str(len(written.data)),
                        }
                        yield self.plain(caller, body=written.data, headers=headers)

    def _body_values(self, media: Media, other: RequestBody | None, site: Site) -> Iterator[Any]:
        there = other.media_for(bodies.concrete(media)) if other is not None else None
        if there is not None:
            one: Side = self._admitting.side(media.schema, Direction.REQUEST)
            two: Side = self._refusing.side(there.schema, Direction.REQUEST)
            first = self._admitting.drafts.examples.of_body(media)
            bases = [] if first is None else [first]
            yield from (each.value for each in islice(differences(one, two, site, bases), _MOST))
        else:
            yield self._admitting.drafts.examples.of_body(media)

    def _security(self, caller: Caller, _site: Site) -> Iterator[Request]:
        every = {scheme.id: scheme for scheme in self._own.first_schemes}
        nothing: dict[str, str | None] = dict.fromkeys(every)
        if not self._own.security or not all(self._own.security):
            yield self.plain(caller, credentials=nothing)
        for schemes in self._own.security:
            given: dict[str, list[tuple[str, str]]] = {"header": [], "query": [], "cookie": []}
            for scheme in schemes:
                value = masked((scheme,))[scheme.id]
                given[scheme.place].append((scheme.header, str(value)))
            headers: dict[str, str | None] = dict(given["header"])
            cookies = [f"{name}={value}" for name, value in given["cookie"]]
            if cookies:
                before = [f"{n}={v}" for each in caller.draft.cookies.values() for n, v in each]
                headers["Cookie"] = "; ".join([*before, *cookies])
            yield self.plain(caller, credentials=nothing, headers=headers, extra=given["query"])

    def _accepted(self, caller: Caller, site: Site) -> Iterator[Request]:
        yield self.plain(caller, headers={"Accept": site.name})

    def _required_headers(self, caller: Caller, site: Site) -> Iterator[Request]:
        yield self.plain(caller)
        if all(each.name.lower() != site.name.lower() for each in self._own.required_headers):
            yield self.plain(caller, headers={site.name: None})


def _found(operation: Operation | None, location: str, name: str) -> Parameter | None:
    located = operation.located(location) if operation is not None else ()
    return next((each for each in located if each.name.lower() == name.lower()), None)


_PARTS: Mapping[Part, Callable[[Attempts, Caller, Site], Iterator[Request]]] = {
    Part.PARAMETER: Attempts._parameters,  # noqa: SLF001 - of this module
    Part.BODY: Attempts._bodies,  # noqa: SLF001 - of this module
    Part.SECURITY: Attempts._security,  # noqa: SLF001 - of this module
    Part.MEDIA: Attempts._accepted,  # noqa: SLF001 - of this module
    Part.REQUIRED_HEADER: Attempts._required_headers,  # noqa: SLF001 - of this module
}
"""What makes requests for each part that has some of its own."""

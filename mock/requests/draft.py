"""Drafts: a valid request to an operation, written, whose parts can be replaced before it is sent.

Values are those of the contract's examples, and where it has none, generated from its schemas.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...spec.bodies.body import concrete, write
from ...spec.describing import joined
from ...spec.model.media import is_json
from ...spec.model.schemes import fit_together
from ...spec.parameters import UnwritableError
from ...spec.parameters.received import decoded
from .examples import Examples

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ...spec.bodies.body import Written
    from ...spec.contract import Contract
    from ...spec.model.operation import Operation
    from ...spec.parameters import Parameter
    from ...spec.parameters.received import Pairs

_SAFE = "-._~"
_PLAIN = ("a", 1)
"""What may be written in place of an example that cannot be."""


class DraftError(Exception):
    """No valid request to an operation can be written; the message says why."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A valid request to an operation, without what its security needs.

    `segments` has the raw text of each path parameter, and `path` the same decoded; `drawn` are the
    names of those whose values are generated. `query` and `cookies` have the raw pairs of each
    required parameter by its name, and `content_type` is that of the body, '' without one.
    """

    operation: Operation
    segments: Mapping[str, str]
    path: Mapping[str, str]
    drawn: frozenset[str]
    query: Mapping[str, Pairs]
    headers: Mapping[str, str]
    cookies: Mapping[str, Pairs]
    content_type: str
    body: bytes

    @property
    def all_headers(self) -> dict[str, str]:
        """The headers, with those of the cookies and of the body."""
        found = dict(self.headers)
        if pairs := [pair for each in self.cookies.values() for pair in each]:
            found["Cookie"] = "; ".join(f"{name}={value}" for name, value in pairs)
        if self.content_type:
            found["Content-Type"] = self.content_type
        return found


def replaced(
    pairs: Mapping[str, Pairs], changes: Mapping[str, Sequence[str]]
) -> list[tuple[str, str]]:
    """Return raw pairs by parameter as a list, those of some parameters with other raw values."""
    every = {name: list(each) for name, each in pairs.items()}
    for name, values in changes.items():
        every[name] = [(quote(name, safe=_SAFE), value) for value in values]
    return [pair for each in every.values() for pair in each]


class Drafts:
    """The drafts of a contract's operations; each is made once, when it is first needed."""

    def __init__(self, contract: Contract, examples: Examples | None = None) -> None:
        self.examples = examples or Examples(contract)
        self._operations = {operation.id: operation for operation in contract.operations}
        self._made = cache(self._make)

    def of(self, operation: Operation) -> Draft:
        """Return the draft of an operation; raise DraftError if there is none."""
        found = self._made(operation.id)
        if isinstance(found, str):
            raise DraftError(found)
        return found

    def problem(self, operation: Operation) -> str:
        """Return why an operation has no draft, '' if it has one."""
        found = self._made(operation.id)
        return found if isinstance(found, str) else ""

    def other_bodies(self, operation: Operation, count: int) -> Iterator[tuple[Any, Written]]:
        """Yield generated bodies of a request, at most so many, each as a value and written."""
        body = operation.body
        media = body.media_for(self.of(operation).content_type) if body else None
        if media is not None and media.schema is not None:
            for value in self.examples.others(media.schema, count):
                with contextlib.suppress(UnwritableError):
                    yield value, write(media, value)

    def _make(self, operation_id: str) -> Draft | str:
        operation = self._operations[operation_id]
        if operation.security and not any(map(fit_together, operation.security)):
            return "its credentials cannot be sent together, as a header carries only one"
        try:
            content_type, body = self._body(operation)
            segments = dict(self._path(operation))
            return Draft(
                operation,
                segments,
                {name: decoded(raw, plus=False) for name, raw in segments.items()},
                frozenset(
                    p.name for p in operation.located("path") if self.examples.given(p) is None
                ),
                dict(self._required(operation, "query")),
                dict(pair for _, pairs in self._required(operation, "header") for pair in pairs),
                dict(self._required(operation, "cookie")),
                content_type,
                body,
            )
        except DraftError as error:
            return str(error)

    def _path(self, operation: Operation) -> Iterator[tuple[str, str]]:
        for parameter in operation.located("path"):
            yield parameter.name, self._written(parameter)[0][1]

    def _required(self, operation: Operation, location: str) -> Iterator[tuple[str, Pairs]]:
        for parameter in operation.located(location):
            if parameter.required:
                yield parameter.name, self._written(parameter)

    def _written(self, parameter: Parameter) -> Pairs:
        value = self.examples.of_parameter(parameter)
        what = f"the {parameter.location} parameter {parameter.name}"
        if value is None:
            raise DraftError(f"no valid value can be made for {what}")
        why = None
        for each in (value, *filter(parameter.compiled.accepts, _PLAIN)):
            try:
                return parameter.write(each)
            except UnwritableError as error:
                why = why or error
        raise DraftError(f"no value can be written for {what}: {why}")

    def _body(self, operation: Operation) -> tuple[str, bytes]:
        """Return a media type and a body of it, JSON if there is a choice."""
        if operation.body is None:
            return "", b""
        every, why = operation.body.media, ""
        for media in sorted(every.values(), key=lambda each: not is_json(concrete(each))):
            value = self.examples.of_body(media)
            if value is None:
                continue
            try:
                return write(media, value)
            except UnwritableError as error:
                why = f": {error}"
        if operation.body.required and every:
            raise DraftError(f"no valid body of {joined([*every])} can be made{why}")
        return "", b""

"""One exchange, judged by one contract: whether it is admitted, and if not, why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from ....mock.data.times import TODAY
from ....spec.bodies import body as bodies
from ....spec.describing import joined
from ....spec.documents.pointers import join
from ....spec.laws.laws import TIME
from ....spec.secrets.masking import MASK
from ...evidence.evidence import Evidence
from ...http.exchange import Exchange, Request, Response
from ...records.record import WITHOUT_BODY
from ...records.request_parser import RequestParser
from ...rules import rules_for
from ...verdicts.deciding import judge
from ...verdicts.verdict import Outcome
from .witness import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from ....spec.contract import Contract
    from ....spec.documents.pointers import Pointer
    from ....spec.model.operation import Operation
    from ....spec.schemas.violations import Violation
    from ...records.parsed_request import ParsedRequest
    from ...records.record import Record

_ERROR = 400
_MOMENT = datetime.combine(TODAY, time(12), UTC)
"""When all exchanges are taken to be: on the last day of the data of stubs."""


def exchange_of(request: Request, response: Response) -> Exchange:
    """Return a request and its response as an exchange."""
    return Exchange(1, request, response, None, _MOMENT.timestamp(), 0.0)


class Judge:
    """Judges exchanges by a contract, each by itself, as evidence that others sent."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        tokens = frozenset({MASK})
        self._reader = RequestParser(contract, prefix=contract.base_path, tokens=tokens)
        self._rules = rules_for(contract)

    def read(self, request: Request) -> ParsedRequest | None:
        """Return a parsed request, None if the contract has no operation for it."""
        return self._reader.read(request)

    def known(self, request: Request) -> dict[str, Any]:
        """Return what laws know of a request: its parameters, and its time."""
        reading = self.read(request)
        moment = _MOMENT.strftime("%Y-%m-%dT%H:%M:%SZ")
        return {TIME: moment, **(reading.values if reading is not None else {})}

    def refusals(self, request: Request) -> list[tuple[str, Pointer, Refusal]]:
        """Return why the contract does not admit a request: by element, and place in its value."""
        reading = self.read(request)
        if reading is None:
            path = request.path
            why = f"the contract has no operation at {request.method} {path}"
            return [("operation", (), Refusal(why))]
        return list(_deviations(reading, request))

    def objections(self, request: Request, response: Response) -> list[tuple[Pointer, Refusal]]:
        """Return why the contract does not admit a response, with the places in the body."""
        evidence = Evidence(self.contract, self._reader)
        record = evidence.add(exchange_of(request, response))
        if record is None:
            return [((), refusal) for _, _, refusal in self.refusals(request)]
        found = list(_undeclared(record)) or list(_violations(record))
        if found or response.status >= _ERROR:
            return found
        return [((), refusal) for refusal in self._failures(evidence)]

    def failures(
        self, request: Request, response: Response, known: AbstractSet[str]
    ) -> list[Refusal]:
        """Return each requirement that an exchange fails, however valid the request is.

        `known` are the values of path parameters that exist.
        """
        evidence = Evidence(self.contract, replace(self._reader, known=frozenset(known)))
        if evidence.add(exchange_of(request, response)) is None:
            return [Refusal(f"the contract has no operation at {request.method} {request.path}")]
        return list(self._failures(evidence))

    def _failures(self, evidence: Evidence) -> Iterator[Refusal]:
        for requirement in self.contract.register:
            verdict = judge(evidence, requirement, self._rules[requirement.id])
            if verdict.outcome is Outcome.FAILED:
                text = verdict.findings[0].message if verdict.findings else requirement.title
                yield Refusal(text, requirement.id)


def _deviations(reading: ParsedRequest, request: Request) -> Iterator[tuple[str, Pointer, Refusal]]:
    parameters = {f"{p.location} parameter {p.name}": p for p in reading.operation.parameters}
    for each in reading.deviations:
        if each.element == "body":
            for place, text, law in _of_body(reading.operation, request):
                yield "body", place, Refusal(text, each.requirement, join(place), law)
            continue
        what = _WORDS.get(each.name, "is not valid")
        allowed = f"; allowed is {found.allowed}" if (found := parameters.get(each.element)) else ""
        yield each.element, (), Refusal(f"{each.element} {what}{allowed}", each.requirement)


def _of_body(operation: Operation, request: Request) -> Iterator[tuple[Pointer, str, bool]]:
    """Yield what is wrong with the body of a request: where, what, and whether a law says so."""
    body = operation.body
    content_type = next((v for n, v in request.headers if n.lower() == "content-type"), "")
    media = body.media_for(content_type) if body is not None else None
    if not request.body or body is None:
        yield (), "the body is missing, and required", False
    elif media is None:
        kind, there = content_type or "none", joined(sorted(body.media))
        yield (), f"the body has the media type {kind}; declared is {there}", False
    else:
        try:
            value = bodies.read(media, content_type, request.body).value
        except bodies.BodyError as error:
            yield (), f"the body cannot be read: {error}", False
            return
        for each in media.schema.judge(value).violations if media.schema is not None else ():
            where = f"body {each.pointer}" if each.place else "the body"
            yield each.place, f"{where}: {_said(each)}", each.law


_WORDS = {
    "missing": "is missing, and required",
    "empty": "is empty",
    "another": "is of somebody else",
    "otherMethods": "is not declared for this path",
    "aboveMaximum": "is above the maximum",
    "belowMinimum": "is below the minimum",
    "ambiguous": "is not declared, or sent twice",
}
"""What a condition of a request means for it."""


def _said(violation: Violation) -> str:
    if violation.law:
        return f"expected that {violation.expected}"
    return f"expected {violation.expected}, got {violation.actual}"


def _undeclared(record: Record) -> Iterator[tuple[Pointer, Refusal]]:
    """Yield what of the status, the media type and the headers of a response is not declared."""
    operation, response = record.operation, record.response
    if response is None:
        return
    described = operation.requirements.get("described")
    declared = operation.response_for(response.status)
    if declared is None:
        text = f"status {response.status} is not declared for {operation.label}"
        yield (), Refusal(text, operation.requirements.get("accepted"))
        return
    kind = response.media_type
    if declared.media and response.status not in WITHOUT_BODY:
        there, requirement = (
            joined(sorted(declared.media)),
            operation.requirements.get("contentType"),
        )
        if not response.body:
            yield (), Refusal(f"the body is missing; declared is {there}", requirement or described)
            return
        if declared.media_for(kind) is None:
            text = f"media type {kind or 'none'} is not declared for status {response.status}"
            yield (), Refusal(text, requirement or described)
            return
    for name, header in declared.headers.items():
        if name.lower() in {"content-type", "set-cookie"}:
            continue
        values = response.header_values(name)
        fault = header.read([", ".join(values)] if values else []).fault
        if fault is not None:
            got = f"is {values[0]!r}" if values else "is missing"
            yield (), Refusal(f"header {name} {got}; declared is {header.allowed}", described)


def _violations(record: Record) -> Iterator[tuple[Pointer, Refusal]]:
    for each in record.judgement.violations:
        described = record.operation.requirements.get("described")
        text = f"{each.pointer or 'the body'}: {_said(each)}"
        requirement = each.requirement or described
        yield each.place, Refusal(text, requirement, join(each.place), each.law)

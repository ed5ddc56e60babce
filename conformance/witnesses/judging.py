"""One exchange, judged by one contract: whether it is admitted, and if not, why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...spec.documents.source import join
from ...spec.secrets.masking import MASK
from ..evidence.evidence import Evidence
from ..evidence.parsed_request import RequestParser
from ..evidence.record import WITHOUT_BODY
from ..http.exchange import Exchange, Request, Response
from ..rules import rules_for
from ..rules.verdict import Outcome, judge
from .witness import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...spec.contract import Contract
    from ...spec.documents.source import Pointer
    from ..evidence.parsed_request import ParsedRequest
    from ..evidence.record import Record

_ERROR = 400


def exchange_of(request: Request, response: Response) -> Exchange:
    """Return a request and its response as an exchange."""
    return Exchange(1, request, response, None, 0.0, 0.0)


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

    def refusals(self, request: Request) -> list[tuple[str, Refusal]]:
        """Return why the contract does not admit a request: the element, and the refusal."""
        reading = self.read(request)
        if reading is None:
            path = request.path
            why = f"the contract has no operation at {request.method} {path}"
            return [("operation", Refusal(why))]
        return [
            (
                each.element,
                Refusal(f"{each.element}: {_WORDS.get(each.name, each.name)}", each.requirement),
            )
            for each in reading.deviations
        ]

    def objections(self, request: Request, response: Response) -> list[tuple[Pointer, Refusal]]:
        """Return why the contract does not admit a response, with the places in the body."""
        evidence = Evidence(self.contract, self._reader)
        record = evidence.add(exchange_of(request, response))
        if record is None:
            return [((), refusal) for _, refusal in self.refusals(request)]
        found = list(_undeclared(record)) or list(_violations(record))
        if found or response.status >= _ERROR:
            return found
        for requirement in self.contract.register:
            verdict = judge(evidence, requirement, self._rules[requirement.id])
            if verdict.outcome is Outcome.FAILED:
                text = verdict.findings[0].message if verdict.findings else requirement.title
                found.append(((), Refusal(text, requirement.id)))
        return found


_WORDS = {
    "missing": "missing, and required",
    "invalid": "not valid",
    "mediaType": "of a media type that is not declared",
    "otherMethods": "not declared for this path",
    "aboveMaximum": "above the maximum",
    "belowMinimum": "below the minimum",
    "ambiguous": "not declared",
}
"""What a condition of a request means for it."""


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
    has_media = response.status not in WITHOUT_BODY and declared.media and (response.body or kind)
    if has_media and declared.media_for(kind) is None:
        text = f"media type {kind or 'none'} is not declared for status {response.status}"
        yield (), Refusal(text, operation.requirements.get("contentType", described))
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
        yield each.place, Refusal(str(each), each.requirement or described, join(each.place))

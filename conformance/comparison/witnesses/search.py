"""The search: exchanges are made, judged by both contracts, and confirmed by both stubs."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Self

from ....mock.data.attempts import TOO_ODD
from ....spec.documents.problems import SourceError
from .behavior import requests, requirements_of
from .judging import exchange_of
from .party import Party
from .requests import Attempts
from .responses import Responses, Served
from .site import Part
from .witness import NEW, OLD, Refusal, Witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ....spec.contract import Contract
    from ....spec.model.operation import Operation
    from ...http.exchange import Request, Response
    from .site import Site

_ERROR = 400
_MOST_REQUESTS = 3
"""Requests whose responses are tried for one site."""


class Witnesses:
    """Finds witnesses of differences between two contracts; close it after use."""

    def __init__(self, old: Contract, new: Contract) -> None:
        self._old, self._new = Party(OLD, old), Party(NEW, new)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the stubs."""
        self._old.close()
        self._new.close()

    def find(self, site: Site, *, breaking: bool = True) -> Witness | None:
        """Return a witness for a site, None if none is found.

        A `breaking` one is a request that the old contract admits and the new one does not, or a
        response that the new one admits and the old one does not. Without, it is the reverse.
        """
        parties = (self._old, self._new)
        if site.is_of_responses == breaking:
            parties = (self._new, self._old)
        try:
            if site.is_of_responses:
                return self._response(site, *parties)
            return self._request(site, *parties)
        except TOO_ODD:  # a schema that cannot be used, such as an enum of nothing
            return None

    def _request(self, site: Site, admitting: Party, refusing: Party) -> Witness | None:
        own, other = (site.old, site.new) if admitting is self._old else (site.new, site.old)
        if own is None:
            return None
        found: Witness | None = None
        for request in Attempts(admitting, refusing, own, other).of(site):
            if admitting.judge.refusals(request):
                continue
            refusals = refusing.judge.refusals(request)
            fitting = [
                refusal
                for element, place, refusal in refusals
                if _is_about(site, other, element) and site.admits(place, law=refusal.law)
            ]
            if not fitting:
                continue
            witness = self._asked(admitting, refusing, request, fitting[0])
            if witness is not None and witness.confirmed:
                return witness
            found = found or witness
        return found

    def _asked(
        self, admitting: Party, refusing: Party, request: Request, refusal: Refusal
    ) -> Witness | None:
        """Send a request to both stubs; return the witness, None without a response."""
        response, other = admitting.ask(request), refusing.ask(request)
        if response is None:
            return None
        confirmed = response.status < _ERROR and other is not None and other.status >= _ERROR
        seen = (_took(admitting, response), _took(refusing, other))
        return Witness(
            admitting.name,
            refusing.name,
            exchange_of(request, response),
            refusal,
            confirmed,
            seen,
            admitting.target,
        )

    def _response(self, site: Site, admitting: Party, refusing: Party) -> Witness | None:
        own, other = (site.old, site.new) if admitting is self._old else (site.new, site.old)
        if own is None or other is None:
            return None
        if site.part == Part.BEHAVIOR:
            return self._behavior(site.name, (admitting, own), (refusing, other))
        found: Witness | None = None
        for request in self._valid(site, admitting, refusing):
            usual = [each for p in (admitting, refusing) if (each := p.ask(request)) is not None]
            responses = Responses((admitting, own), (refusing, other), request, usual)
            for response in responses.of(site):
                if admitting.judge.objections(request, response):
                    continue
                objections = refusing.judge.objections(request, response)
                fitting = [why for at, why in objections if site.admits(at, law=why.law)]
                if fitting:
                    witness = self._given(admitting, refusing, request, response, fitting[0])
                    if witness.confirmed:
                        return witness
                    found = found or witness
        return found

    def _behavior(self, name: str, admitting: Served, refusing: Served) -> Witness | None:
        """Return an exchange with the one stub that fails a requirement of the other contract."""
        (party, own), (other, theirs) = admitting, refusing
        pairs = [(party, party.caller(own)), (other, other.caller(theirs))]
        callers = [(each, caller) for each, caller in pairs if caller is not None]
        wanted = requirements_of(other.contract, theirs, name)
        known = {value for _, caller in callers for value in caller.path.values()}
        for each, caller in callers:
            for request in requests(each.contract, caller, party.ask, name):
                response = party.ask(request)
                if response is None or party.judge.failures(request, response, known):
                    continue
                found = other.judge.failures(request, response, known)
                failures = [e for e in found if wanted is None or e.requirement in wanted]
                second = other.ask(request) if failures else None
                if second is not None and not other.judge.failures(request, second, known):
                    return Witness(
                        party.name,
                        other.name,
                        exchange_of(request, response),
                        failures[0],
                        confirmed=True,
                        seen=(_took(party, response), _took(other, second)),
                        target=party.target,
                    )
        return None

    def _valid(self, site: Site, *parties: Party) -> Iterator[Request]:
        """Yield valid requests for an operation, first one that both contracts admit."""
        made: list[Request] = []
        for party in parties:
            operation = site.old if party is self._old else site.new
            caller = party.caller(operation) if operation is not None else None
            if caller is not None and operation is not None:
                attempts = Attempts(party, party, operation, operation)
                made += [attempts.plain(caller), *attempts.pages(caller)]
        admitting = parties[0]
        both = [each for each in made if not any(p.judge.refusals(each) for p in parties)]
        alone = [each for each in made if not admitting.judge.refusals(each)]
        yield from list(dict.fromkeys([*both, *alone]))[:_MOST_REQUESTS]

    def _given(
        self,
        admitting: Party,
        refusing: Party,
        request: Request,
        response: Response,
        refusal: Refusal,
    ) -> Witness:
        """Let the one stub give a response, and judge what both stubs give by both contracts."""
        given, own = None, refusing.ask(request)
        if admitting.stub is not None:
            with suppress(SourceError, UnicodeError):
                given = admitting.stub.give(request, response)
        confirmed = (
            given is not None
            and own is not None
            and _content(own) != _content(given)
            and (given.status, given.body) == (response.status, response.body)
            and not admitting.judge.objections(request, given)
            and bool(refusing.judge.objections(request, given))
        )
        seen = (
            _gave(admitting, given),
            f"the stub of the {refusing.name} contract gives {_status(own)}",
        )
        return Witness(
            admitting.name,
            refusing.name,
            exchange_of(request, given or response),
            refusal,
            confirmed,
            seen,
            admitting.target,
        )


def _content(response: Response) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return what a response says, without what the stub adds to each."""
    headers = [(name.lower(), value) for name, value in response.headers]
    kept = sorted(each for each in headers if not each[0].startswith(("access-control-", "vary")))
    return response.status, kept, response.body


def _status(response: Response | None) -> str:
    return "nothing" if response is None else f"status {response.status}"


def _took(party: Party, response: Response | None) -> str:
    return f"the stub of the {party.name} contract responds with {_status(response)}"


def _gave(party: Party, response: Response | None) -> str:
    return f"the stub of the {party.name} contract gives the response: {_status(response)}"


def _is_about(site: Site, operation: Operation | None, element: str) -> bool:
    """Whether a refusal of a request is about the part of a site."""
    if element == "operation" or element.startswith("method "):
        return site.part in {Part.OPERATION, Part.PARAMETER}
    location = site.name.partition(" ")[0]
    expected = {
        Part.PARAMETER: f"{location} parameter {site.parameter(operation)}",
        Part.BODY: "body",
        Part.REQUIRED_HEADER: f"header {site.name}",
    }.get(Part(site.part))
    if site.part == Part.SECURITY:
        return not element.startswith(("body", "query parameter", "path parameter"))
    return expected is not None and element.lower() == expected.lower()

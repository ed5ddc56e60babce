"""Replay: a case that was saved to a file is sent and judged again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ...spec.credentials import basic
from ...spec.secrets.masking import MASK
from ..client.client import Client
from ..client.connection_settings import ConnectionSettings
from ..client.waiting import wait_for
from ..http.exchange import Request
from ..judging.saved_cases import ReplayError, verdict_of
from ..privacy.redaction import Redaction, Words
from ..records.credentials import MASKED, near_misses
from ..records.request_parser import RequestParser
from ..requests.generators.session import Attempt, Session, SessionEndedError

if TYPE_CHECKING:
    import re

    from ...spec.contract import Contract
    from ..evidence.evidence import Evidence
    from ..http.exchange import Headers
    from ..http.target import Target
    from ..judging.saved_cases import SavedCase, SavedRequest
    from ..verdicts.verdict import Verdict


def replay(  # noqa: PLR0913 - two by name
    recorded: SavedCase,
    contract: Contract,
    target: Target,
    token: str,
    *,
    timeout: float = 10.0,
    connection: ConnectionSettings | None = None,
) -> tuple[Verdict, Evidence]:
    """Send a case, and judge the responses by its requirement.

    Raises ReplayError if the contract does not have the requirement, or if the token does not have
    the form that a request needs.
    """
    if recorded.requirement not in contract.register:
        raise ReplayError(f"the contract has no requirement {recorded.requirement}")
    requests = [_filled(request, target, token) for request in recorded.requests]
    reader = RequestParser(
        contract,
        target.prefix,
        frozenset({token, MASK}),
        frozenset(recorded.known),
        bare=recorded.bare,
    )
    connection = connection or ConnectionSettings()
    wait_for(target, connection, timeout=timeout)
    masker = Redaction((token,), hidden=connection.secrets, words=Words.of(contract))
    with Client(target, timeout=timeout, masker=masker, connection=connection) as client:
        # No limit for all of them: the requests are few, and each has a time limit.
        session = Session(client, contract, reader, until=time.monotonic() + 10**9)
        trial = Attempt(session)
        for request, saved in zip(requests, recorded.requests, strict=True):
            try:
                trial.send(request, saved.note)
            except SessionEndedError:
                break
    return verdict_of(trial.evidence, recorded.requirement), trial.evidence


def _filled(request: SavedRequest, target: Target, token: str) -> Request:
    headers: Headers = tuple((name, _shown(value, token)) for name, value in request.headers)
    path = _shown(request.target, token).encode("latin-1")
    return Request(
        request.method,
        target.prefix.encode("latin-1") + path,
        (("Host", target.authority), *headers),
        _shown(request.body.decode("latin-1"), token).encode("latin-1", "replace"),
    )


def _shown(text: str, token: str) -> str:
    """Return a text with the token, or an almost valid one, in place of each mask."""

    def filled(found: re.Match[str]) -> str:
        encoded = basic if text[: found.start()].endswith("Basic ") else str
        if found[1] is None:
            return encoded(token)
        for near, how in near_misses(token):
            if how == found[1]:
                return encoded(near)
        raise ReplayError(f"this token has no such form as the case needs: {found[1]}")

    return MASKED.sub(filled, text)

"""The opening: each list is requested once with each token, before any load is sent.

What no request opens gets no load, and if that is everything, the message says what to change.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from ...conformance.client.client import Client
from ...conformance.client.connection_settings import ConnectionSettings
from ...conformance.config.run_config import RunConfig
from ...conformance.privacy.redaction import Redaction, Words
from ...conformance.reporting.run.model import NotJudgedError
from ...conformance.requests.probes.plan import Profile
from ...conformance.survey.opening import Opening as FirstRequests
from ...conformance.survey.survey import Survey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...conformance.evidence.walk import ListId
    from ...conformance.http.target import Target
    from ...conformance.requests.probes.probe import Caller
    from ...spec.contract import Contract
    from .settings import LoadSettings


@dataclass(frozen=True, slots=True)
class Opened:
    """The lists that each token opens, and notes about those that it does not."""

    lists: tuple[tuple[ListId, ...], ...]
    notes: tuple[str, ...]


def open_lists(contract: Contract, target: Target, settings: LoadSettings) -> Opened:
    """Request each list once with each token.

    Raises NotJudgedError if a token opens none, with what to do.
    """
    given = (settings.ca_file, settings.cert, settings.key)
    ca_file, cert, key = (None if each is None else Path(each) for each in given)
    connection = ConnectionSettings(ca_file=ca_file, cert=cert, key=key)
    tokens, lists = settings.tokens, settings.lists
    words = Words.of(contract, chain.from_iterable(lists.values()))
    masker = Redaction(tokens, words=words)
    found: list[tuple[ListId, ...]] = []
    notes: list[str] = []
    for number, token in enumerate(tokens, start=1):
        config = RunConfig(contract, token, lists, profile=Profile.SMOKE)
        with Client(
            target, timeout=settings.timeout, connection=connection, masker=masker
        ) as client:
            survey = Survey(config, client)
            callers = [c for c in config.callers(target) if not c.operation.writes]
            whose = f" with token {number} of {len(tokens)}" if len(tokens) > 1 else ""
            try:
                ready, empty = FirstRequests(survey.sender).request_all(callers)
            except NotJudgedError as error:
                error.args = (f"{error}{whose and f' ({whose.strip()})'}",)
                raise
            opened = [*ready, *empty]
            if not opened:
                raise NotJudgedError("; ".join(survey.evidence.notes) or "nothing can be sent")
            found.append(tuple(caller.list_id for caller in opened))
            notes += _refused(callers, opened, whose)
    return Opened(tuple(found), tuple(notes))


def _refused(callers: list[Caller], opened: list[Caller], whose: str) -> Iterator[str]:
    known = {caller.list_id for caller in opened}
    for caller in callers:
        if caller.list_id not in known:
            yield f"{caller.name} of {caller.operation.label} was not opened{whose}; it got no load"

"""What happens in a backend while the suite reads it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.conformance.client.lane import Lane

from .judging import NOT_JUDGED, is_conforming, judged, outcomes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ruangkerja.conformance.client.lane import Outgoing
    from ruangkerja.conformance.http.exchange import Exchange

    from .launching import Running

# Rules that look at several pages: what they need is a list that keeps still.
OF_SEVERAL_PAGES = {f"PAGE-{number:02d}" for number in range(6, 12)}


@contextlib.contextmanager
def while_reading(
    backend: Running, command: str, *, every: int, until: int | None = None
) -> Iterator[None]:
    """Have something done before every so many requests of the suite, up to one of them."""
    sent = iter(range(1, 10**6))
    send = Lane.exchange

    def telling(lane: Lane, outgoing: Outgoing, *more: Any) -> Exchange:
        number = next(sent)
        if number % every == 0 and (until is None or number <= until):
            backend.tell(command)
        return send(lane, outgoing, *more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lane, "exchange", telling)
        yield


def assert_enrolments_are_borne(backend: Running) -> None:
    """Nobody is blamed for people who enrol, neither now and then nor all the time."""
    with while_reading(backend, "enrol 3", every=40, until=80):
        assert is_conforming(judged(backend))
    with while_reading(backend, "enrol 1", every=2):
        restless = judged(backend)
    odd = outcomes(restless)
    assert odd.keys() == OF_SEVERAL_PAGES, odd
    assert all(outcome.startswith("inconclusive") for outcome in odd.values()), odd
    assert restless.exit == NOT_JUDGED

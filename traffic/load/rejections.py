"""Rejections: requests with a token that was valid, until it was not.

A token can end in the middle of a test, which is no mistake of the server. So what is rejected is
held until the token is accepted again: then it is judged. If it never is, the test ends.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...conformance.http.exchange import Exchange

_REJECTED = {401, 403}
_MOST = 50
"""Rejections in a row after which a token has ended."""


class Rejections:
    """Holds back what may be rejected because a token has ended; tokens are numbers."""

    def __init__(self) -> None:
        self._held: defaultdict[int, list[tuple[Exchange, int]]] = defaultdict(list)
        self.ended = ""
        """Why the test has to end, '' as long as it has not."""

    def sorted_out(self, token: int, exchange: Exchange, user: int) -> list[tuple[Exchange, int]]:
        """Return the exchanges to judge now, each with its user."""
        response = exchange.response
        if response is None:
            return [(exchange, user)]
        if response.status not in _REJECTED:
            return [*self._released(token, exchange.started), (exchange, user)]
        held = self._held[token]
        held.append((exchange, user))
        if len(held) >= _MOST and not self.ended:
            self.ended = (
                f"the token was accepted at first, and then rejected {_MOST} times in a row "
                f"(status {response.status}), so it may have ended. Use one that lasts longer"
            )
        # Of the many that are under way, no more are kept than tell that.
        del held[_MOST:]
        return []

    def _released(self, token: int, accepted: float) -> list[tuple[Exchange, int]]:
        """Return what was rejected before a request began that was accepted.

        What was under way at the same time may have been rejected after it.
        """
        if token not in self._held:
            return []
        held = self._held.pop(token)
        still = [each for each in held if each[0].started + each[0].duration > accepted]
        if still:
            self._held[token] = still
        return [each for each in held if each not in still]

    @property
    def held(self) -> int:
        """How many exchanges are not judged, as nothing was accepted after them."""
        return sum(map(len, self._held.values()))

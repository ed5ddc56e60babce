"""The token that is valid now; when it ends during a run, another one can take its place."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

if TYPE_CHECKING:
    from ...http.exchange import Request


class TokenSource(Protocol):
    """Returns tokens. Each call can take some seconds."""

    def renew(self) -> str:
        """Return a token; raise UsageError, whose message has no token, if there is none."""


@dataclass(slots=True)
class CurrentToken:
    """The token of a run; `first` is the one that its probes were written with.

    `source` is where another one comes from, None if there is only this one.
    """

    first: str
    source: TokenSource | None = None
    _now: str = field(init=False)

    def __post_init__(self) -> None:
        self._now = self.first

    def renew(self) -> str | None:
        """Return another token, which is valid from now on, or None if there is none.

        Raises UsageError like the source.
        """
        token = self.source.renew() if self.source is not None else self._now
        if token == self._now:
            return None
        self._now = token
        return token

    def within(self, request: Request) -> Request:
        """Return a request with the token that is valid now in place of the first one."""
        if self._now == self.first or not self.first:
            return request
        old, new = (quote(token, safe="").encode() for token in (self.first, self._now))
        return replace(
            request,
            target=request.target.replace(old, new),
            headers=tuple((n, v.replace(self.first, self._now)) for n, v in request.headers),
        )

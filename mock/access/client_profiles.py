"""Client profiles: headers that many requests have in common, and what was decided about them.

A client sends the same headers again and again. Whether they admit it to an operation, and whether
the operation has the format it accepts, is decided once. Requests that anything else could affect
have no profile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..http.preferences import HEADER as PREFER

if TYPE_CHECKING:
    from ...spec.contract import Contract
    from ...spec.routes import Found

MOST = 1024
"""The maximum number of profiles; before there are more, all are removed."""
LONGEST = 2000
"""The maximum size of the headers of a profile in bytes; larger ones are not cached."""
_NEVER = frozenset({PREFER, b"transfer-encoding"})
"""Headers that have to be looked at in each request."""
_MOST_HEADERS = 16
"""A header takes memory even if it is empty."""


class ClientProfile:
    """What was decided about requests with the same headers.

    `let_in` has the ids of the operations that routing and security admit such requests to,
    `served` of those whose formats they accept.
    """

    __slots__ = ("let_in", "served")

    def __init__(self) -> None:
        self.let_in: set[str] = set()
        self.served: set[str] = set()


class ClientProfiles:
    """The profiles of the latest clients of a contract."""

    def __init__(self, contract: Contract) -> None:
        self._looked_at = _looked_at(contract)
        self._routes, self._base = contract.routes, contract.base_path
        schemes = contract.schemes.values()
        self._in_headers = all(s.kind != "apiKey" or s.location == "header" for s in schemes)
        self._known: dict[tuple[tuple[bytes, bytes], ...], ClientProfile] = {}
        # Most requests have all headers of the one before.
        self._latest: tuple[list[tuple[bytes, bytes]], ClientProfile | None] = ([], None)

    def __len__(self) -> int:
        """Count the profiles."""
        return len(self._known)

    def of(self, scope: Any) -> ClientProfile | None:
        """Return the profile of a GET, None if the request cannot be decided by its profile."""
        if scope["method"] != "GET":
            return None
        sent, (before, profile) = scope["headers"], self._latest
        if profile is not None and sent == before:
            return profile
        looked_at = self._looked_at
        headers = tuple([(name, value) for name, value in sent if name in looked_at])
        profile = self._known.get(headers) or self._new(headers)
        if profile is not None:
            self._latest = sent, profile
        return profile

    def operation_at(self, raw_path: bytes) -> Found | None:
        """Return the operation of a GET whose profile decides, with the names in its path.

        None if routing and security have to look at the request itself: because its path is
        escaped, or its credential or its body matters.
        """
        if not self._in_headers or b"%" in raw_path or not raw_path.isascii():
            return None
        path = raw_path.decode()
        if not path.startswith(self._base):
            return None
        found = self._routes.find("GET", path[len(self._base) :])
        return found if found is not None and found[0].body is None else None

    def _new(self, headers: tuple[tuple[bytes, bytes], ...]) -> ClientProfile | None:
        if len(headers) > _MOST_HEADERS:
            return None
        hosts = [value for name, value in headers if name == b"host"]
        if len(hosts) != 1 or not hosts[0] or any(name in _NEVER for name, _ in headers):
            return None
        if sum(len(name) + len(value) for name, value in headers) > LONGEST:
            return None
        if len(self._known) >= MOST:
            self._known.clear()
        return self._known.setdefault(headers, ClientProfile())


def _looked_at(contract: Contract) -> frozenset[bytes]:
    """Return the names of the headers that a response can depend on, in lower case."""
    names = {"accept", "authorization", "content-type", "cookie", "host"}
    for operation in contract.operations:
        names |= {p.name for p in operation.located("header")}
        names |= {header.name for header in operation.required_headers}
        names |= {s.name for s in operation.schemes if s.location == "header"}
    return _NEVER.union(name.lower().encode() for name in names)

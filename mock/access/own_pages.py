"""Who may read the stub's own pages: the console, the log, the metrics and the contract.

Browsers let any website send requests to this machine. A website reads a response that gives it
leave (CORS), that it can load as a script or an image, or of a stub that the website's own name
leads to (DNS rebinding). Own pages allow nothing of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..http.error_response import ErrorResponse
from .loopback import host_of, is_loopback, is_own_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ..response import Headers, StubResponse

_FORBIDDEN = 403
_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    b"require-trusted-types-for 'script'; trusted-types 'none'"
)
POLICY: Headers = (
    (b"content-security-policy", _POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
"""The headers of every response of an own page."""

_ELSEWHERE = {b"cross-site", b"same-site"}


class OwnPages:
    """Decides who may read the own pages of a stub.

    `host` is what the stub listens on, and `names` are further names that it has. A name that
    begins with a dot stands for all that end with it.
    """

    def __init__(self, host: str, names: Collection[str]) -> None:
        self._is_local = is_loopback(host)
        self._names = tuple(name.lower() for name in names)

    def check(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Raise ErrorResponse for a request that may not read an own page."""
        headers = list(headers)
        self.check_name(headers)
        sent = dict(headers)
        opened = sent.get(b"sec-fetch-dest") == b"document"
        if (sent.get(b"sec-fetch-site") in _ELSEWHERE and not opened) or not _is_same(sent):
            detail = "pages of other origins can read what is at paths of the contract"
            raise ErrorResponse(_FORBIDDEN, "Page is not shown to other origins", detail)

    def check_name(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Raise ErrorResponse for a request under a name that a website could have."""
        host = host_of(headers)
        if host is None or not is_own_name(host, self._names, is_local=self._is_local):
            raise ErrorResponse(
                _FORBIDDEN,
                "Page is not shown under this name",
                "open it under the address of the stub, or start the stub with --allowed-host NAME",
            )


def guarded(reply: StubResponse) -> StubResponse:
    """Return the response of an own page with the headers that keep other origins out."""
    own = {name for name, _ in POLICY}
    kept = tuple(pair for pair in reply.headers if pair[0] not in own)
    return replace(reply, headers=(*POLICY, *kept))


def _is_same(sent: dict[bytes, bytes]) -> bool:
    """Whether the page that sends a request is of the origin that it sends the request to."""
    origin = sent.get(b"origin")
    return origin is None or origin.partition(b"://")[2] == sent.get(b"host", b"-")

"""Requests that the proxy does not pass on.

Two servers could read them differently, or a website sent them under a name that leads here.
aiohttp's parser refuses most of these: Content-Length together with Transfer-Encoding, repeated or
odd lengths, odd chunks, bare CR and LF, folded lines, and a missing or second Host. What it lets
through is refused here (RFC 9112, sections 3.2, 6.1 and 6.3; RFC 9110, sections 7.6.2 and 7.6.3).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from aiohttp.http import HttpVersion10, HttpVersion11

from ....mock.access.loopback import host_of, is_loopback, is_own_name
from ..headers import LARGEST_HEAD, framing_mistake, size_of, values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aiohttp import web
    from aiohttp.http import HttpVersion

    from ....conformance.http.target import Target
    from ..headers import RawHeaders
    from ..live import LiveJudge

_NO_CONTENT, _BAD_REQUEST, _MISDIRECTED, _TOO_LARGE = 204, 400, 421, 431
_NOT_IMPLEMENTED, _VERSION, _LOOP = 501, 505, 508
_MOST_HOSTS = 16
_MOST_KEPT = 32


class Refusal(NamedTuple):
    """Why a request is not passed on: the status of the response, and its text."""

    status: int
    detail: str


class Admission:
    """Decides which requests are passed on to a target.

    `pseudonym` is the name of this proxy in Via. `host` is what the proxy listens on, and `names`
    are further names that it has; one that begins with a dot stands for all that end with it.
    """

    def __init__(self, target: Target, pseudonym: str, host: str, names: Iterable[str]) -> None:
        self._url, self._pseudonym = target.url, pseudonym.encode()
        known = tuple(name.lower() for name in (host, target.host, *names))
        is_local = is_loopback(host)
        # The clients of a proxy have very few names for it.
        self._is_own_name = lru_cache(_MOST_HOSTS)(
            lambda name: is_own_name(name, known, is_local=is_local)
        )
        # Most requests of a client have the same headers.
        self._first = lru_cache(_MOST_KEPT)(lambda *head: next(self._refusals(*head), None))

    def refusal(self, request: web.BaseRequest) -> Refusal | None:
        """Return why a request is not passed on, None if it is."""
        path = request.raw_path
        is_plain = path.startswith("/") and "#" not in path
        target = "/" if is_plain else path
        return self._first(request.method, target, request.version, request.raw_headers)

    def _refusals(
        self, method: str, target: str, version: HttpVersion, headers: RawHeaders
    ) -> Iterator[Refusal]:
        url = self._url
        if method == "CONNECT":
            detail = f"This is a proxy for {url} alone. Send requests for paths, not CONNECT."
            yield Refusal(_NOT_IMPLEMENTED, detail)
        if version not in {HttpVersion10, HttpVersion11}:
            yield Refusal(_VERSION, "This proxy accepts HTTP/1.0 and HTTP/1.1.")
        if size_of(headers) > LARGEST_HEAD:
            yield Refusal(_TOO_LARGE, f"The headers are larger than {LARGEST_HEAD:,} bytes.")
        if mistake := framing_mistake(headers, version):
            coded = "cannot decode" in mistake
            yield Refusal(_NOT_IMPLEMENTED if coded else _BAD_REQUEST, f"The request {mistake}.")
        if "#" in target:
            yield Refusal(_BAD_REQUEST, "The target of the request has a fragment: remove it.")
        yield from self._misdirected(target, headers)
        if self._pseudonym in b",".join(values(headers, b"via")):
            yield Refusal(_LOOP, f"The request was here before: {url} leads back to this proxy.")
        if method in {"OPTIONS", "TRACE"} and forwards_left(headers) == 0:
            # The sender asks who stands on the way: the proxy responds itself.
            status = _NO_CONTENT if method == "OPTIONS" else _NOT_IMPLEMENTED
            yield Refusal(status, f"Max-Forwards is 0, so this proxy for {url} responds itself.")

    def _misdirected(self, target: str, headers: RawHeaders) -> Iterator[Refusal]:
        for host in self._hosts(target, headers):
            if host is None:
                yield Refusal(_BAD_REQUEST, "The header Host is not valid.")
            elif not self._is_own_name(host):
                yield Refusal(
                    _MISDIRECTED,
                    f"This proxy for {self._url} is not used under this name. Use its address, or "
                    "start it with --allowed-host NAME.",
                )

    @staticmethod
    def _hosts(target: str, headers: RawHeaders) -> Iterator[str | None]:
        """Yield what a request calls the proxy, None for what is no host."""
        hosts = [(b"host", value) for value in values(headers, b"host")]
        yield host_of(hosts)
        if not target.startswith(("/", "*")):
            authority = target.partition("://")[2].partition("/")[0].partition("?")[0]
            yield host_of([(b"host", authority.encode("utf-8", "surrogateescape"))]) or None


def forwards_left(headers: RawHeaders) -> int | None:
    """Return the value of Max-Forwards, None without a valid one."""
    given = values(headers, b"max-forwards")
    return int(given[0]) if len(given) == 1 and given[0].isdigit() else None


def is_another_spelling(target: bytes, live: LiveJudge) -> bool:
    """Whether some servers take a path for that of an operation, which it is not as it is."""
    if live.operation_at(target) is not None:
        return False
    found = _plain(target.decode("latin-1").partition("?")[0])
    prefix = live.target.prefix
    return any(_matches(_plain(prefix + each.path), found) for each in live.contract.operations)


def _plain(path: str) -> list[str]:
    """Return the parts of a path as a lenient server reads them."""
    for _ in range(2):
        path = unquote(path)
    parts: list[str] = []
    for part in path.replace("\\", "/").casefold().split("/"):
        match part.partition(";")[0].strip():
            case "" | ".":
                continue
            case "..":
                del parts[-1:]
            case name:
                parts.append(name)
    return parts


def _matches(template: list[str], path: list[str]) -> bool:
    return len(template) == len(path) and all(
        "{" in part or part == found for part, found in zip(template, path, strict=True)
    )

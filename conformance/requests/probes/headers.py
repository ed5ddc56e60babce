"""Headers: requests with another token than the valid one, or other headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...records.credentials import near_misses
from .probe import Probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .probe import Caller

# No server accepts it, and it is long enough to be found in a response that repeats it.
UNKNOWN_TOKEN = "rk-unknown-token-4f1d9c27b0a83e65"  # noqa: S105 - it opens nothing
OTHER_FORMAT = "text/html"
# What browsers send, and of it what the client can decode.
CODINGS = ("gzip, deflate, br, zstd", "gzip, deflate")


def tokens(caller: Caller) -> Iterator[Probe]:
    """Yield requests with a missing, unknown, empty or almost valid token."""
    for scheme in caller.operation.first_schemes:
        nothing = {scheme.id: None}
        yield Probe(caller.request(credentials=nothing), "without the token", smoke=True)
        yield Probe(caller.request(token=UNKNOWN_TOKEN), "with an unknown token", smoke=True)
        yield Probe(caller.request(credentials={scheme.id: ""}), "with an empty token")
        for token, how in near_misses(caller.token):
            yield Probe(caller.request(token=token), f"with {how}")
        if "connection" in scheme.requirements:
            where = "on the connection that carried a valid one"
            unknown = caller.request(token=UNKNOWN_TOKEN)
            yield Probe(caller.request(), "a valid request, before others on its connection")
            yield Probe(
                caller.request(credentials=nothing), f"without the token, {where}", shared=True
            )
            yield Probe(unknown, f"with an unknown token, {where}", shared=True)
    paging = caller.operation.pagination
    if paging is not None:
        yield from without_valid_token(caller, paging.first + 1, paging.usual)
        yield from without_valid_token(caller, paging.first + 1, paging.least)
        yield from without_valid_token(caller, paging.first, paging.most)


def without_valid_token(caller: Caller, page: int, size: int) -> Iterator[Probe]:
    """Yield requests for a page with a missing and with an unknown token."""
    paging = caller.operation.pagination
    for scheme in caller.operation.first_schemes if paging else ():
        where = f"on page {page}" + (f" at {paging.size.name} {size}" if paging else "")
        missing = caller.request(page=page, size=size, credentials={scheme.id: None})
        unknown = caller.request(page=page, size=size, token=UNKNOWN_TOKEN)
        yield Probe(missing, f"no token {where}")
        yield Probe(unknown, f"an unknown token {where}")


def other_headers(caller: Caller) -> Iterator[Probe]:
    """Yield requests without one of the other documented headers, or with another format."""
    for header in caller.operation.required_headers:
        if "missing" in header.requirements:
            yield Probe(caller.request(headers={header.name: None}), f"without {header.name}")
        if "other" in header.requirements:
            changed = caller.request(headers={header.name: OTHER_FORMAT})
            yield Probe(changed, f"with {header.name}: {OTHER_FORMAT}")


def codings(caller: Caller) -> Iterator[Probe]:
    """Yield requests that accept compressed responses, the first as browsers send it.

    It reads the largest page, as servers do not compress small responses.
    """
    if "contentCoding" in caller.operation.requirements:
        paging = caller.operation.pagination
        size = paging.size.maximum if paging else None
        for accepted in CODINGS:
            request = caller.request(size=size, headers={"Accept-Encoding": accepted})
            yield Probe(request, f"with Accept-Encoding: {accepted}")

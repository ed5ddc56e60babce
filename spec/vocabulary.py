"""The words of a contract and of HTTP: they are neither parts of tokens nor the names of people."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from .source import elements

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_WORD = re.compile(r"\w+")
_OF_HTTP = """
accept access age agent allow application attachment authenticate authorization bearer basic bytes
cache charset chunked close compression connection content control cookie cross csp date deflate
default delete deny disposition embedder encoding etag expect expires expose filename forwarded from
frame full get gzip head headers host html http https identity inline isolation javascript json
keepalive keep alive language last length limit link location markdown max method methods modified
multipart must nosniff options origin origins patch permissions plain policy post powered pragma
preflight private problem protection proxy public put range ranges ratelimit realm referer referrer
remaining report request requested requests reset resource retry revalidate same sameorigin security
self server site sniff stale store strict subdomains text timing trace trailer transfer transport
type upgrade user vary via warning weak while with www xml
"""
_LEFT_OUT = {"example", "examples", "securitySchemes"}
OF_HTTP = frozenset(_OF_HTTP.split()) | {
    word for status in HTTPStatus for word in _WORD.findall(status.phrase.lower())
}
"""The words in the names and values of headers, and in the phrases of statuses; in lower case."""


def vocabulary(names: Iterable[str]) -> frozenset[str]:
    """Return the words of HTTP and of some names, in lower case."""
    return OF_HTTP | {word for name in names for word in _WORD.findall(name.lower())}


def names(document: Any) -> Iterator[str]:
    """Yield the enumerated values of a contract, and its names of paths, parameters and members.

    Its examples have none of them, and those of security schemes are the names of secrets.
    """
    for place, element in elements(document):
        if not isinstance(element, dict) or _LEFT_OUT & set(place):
            continue
        yield from (value for value in element.get("enum", ()) if isinstance(value, str))
        for single in ("const", "name"):
            if isinstance(element.get(single), str):
                yield element[single]
        for each in ("properties", "paths", "headers", "responses"):
            if isinstance(element.get(each), dict):
                yield from element[each]

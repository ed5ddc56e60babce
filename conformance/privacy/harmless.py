"""What identifies nobody: the words of the contract, of HTTP and of errors, and standard headers.

Everything else that a server says may be about a person, and is replaced.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...spec.documents.pointers import elements
from ...spec.secrets.masking import VARIABLE
from ...spec.secrets.vocabulary import OF_ERRORS, OF_HTTP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...spec.contract import Contract

_WORD = re.compile(r"[^\W_]+")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_LEFT_OUT = {"example", "examples", "contact", "x-faker"}
_LONGEST_NUMBER = 3
# Their values are those of software, not of people.
_STANDARD = re.compile(
    r"""(?:x-)?ratelimit-.+|x-rate-limit-.+|(?:access-control|cross-origin|sec-(?:fetch|ch))-.+
    |accept(?:-.+)?|age|allow|alt-svc|cache-control|connection
    |content-(?:encoding|language|length|range|security-policy.*)|date|expect|expires|host
    |if-(?:un)?modified-since|keep-alive|last-modified|origin|permissions-policy|pragma
    |preference-applied|prefer|range|referrer-policy|retry-after|server|strict-transport-security
    |te|trailer|transfer-encoding|upgrade(?:-.+)?|user-agent|vary|via|x-content-type-options
    |x-frame-options|x-powered-by|x-xss-protection""",
    re.VERBOSE | re.IGNORECASE,
)
_OF_WORDS = {"content-disposition", "proxy-authenticate", "server-timing", "www-authenticate"}
_OF_REQUESTS = re.compile(
    r"(?:x-)?(?:amzn-)?(?:request|correlation|trace)-id|traceparent", re.IGNORECASE
)
_RANDOM = re.compile(r"[0-9a-f][0-9a-f-]{15,63}", re.IGNORECASE)
_OF_ADDRESSES = {"location", "content-location", "link", "refresh", "referer"}
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?")


class Harmless:
    """Knows what is harmless in the responses to a contract's operations."""

    def __init__(self, contract: Contract) -> None:
        self._words = frozenset({*_words(contract), *OF_HTTP, *OF_ERRORS})

    def is_word(self, word: str) -> bool:
        """Whether a word or a number identifies nobody."""
        if word.isdecimal():
            return len(word) <= _LONGEST_NUMBER
        if word.lower() in self._words or (len(word) == 1 and word.isascii()):
            return True
        parts = _PART.findall(word)
        return "".join(parts) == word and all(
            len(part) <= _LONGEST_NUMBER if part.isdecimal() else part.lower() in self._words
            for part in parts
        )

    def is_name(self, name: str) -> bool:
        """Whether the name of a member, a header or a parameter identifies nobody."""
        return all(map(self.is_word, _WORD.findall(name)))


def is_standard(header: str, value: str) -> bool:
    """Whether the value of a header is about software or a request, never about a person."""
    if _OF_REQUESTS.fullmatch(header):
        return _RANDOM.fullmatch(value) is not None
    return _STANDARD.fullmatch(header) is not None


def has_words(header: str) -> bool:
    """Whether the value of a header is words of HTTP, with what a server says among them."""
    return header.lower() in _OF_WORDS


def is_address(header: str) -> bool:
    """Whether the value of a header is an address, with what a path and a query may hold."""
    return header.lower() in _OF_ADDRESSES


def is_time(text: str) -> bool:
    """Whether a text is a date, or a date and a time."""
    return _TIME.fullmatch(text) is not None


def _words(contract: Contract) -> Iterator[str]:
    """Yield all words of a contract but for its examples, in lower case."""
    yield from VARIABLE.lower().split("_")
    for place, element in elements(contract.document):
        if not _LEFT_OUT & set(place):
            texts = [*place[-1:], *([element] if isinstance(element, str) else [])]
            for word in _WORD.findall(" ".join(texts)):
                yield word.lower()
                yield from map(str.lower, _PART.findall(word))

"""What identifies nobody: the words of the contract, of HTTP and of errors, and standard headers.

Everything else that a server says may be about a person, and is replaced.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...spec.masking import VARIABLE
from ...spec.source import elements
from ...spec.vocabulary import OF_HTTP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...spec.contract import Contract

# Of errors and of the names of members, in English and Indonesian.
_USUAL = """
a about above access active address after again akamai all already also amz amzn an and another any
are argument array as at attribute available avatar azure bad be because been before begin below
between birth body boolean both bound but by byte cannot cause cdn character child city class cloud
cloudfront column company connect correlation could count country create created current database
day deleted department desc description did digit display do does down duplicate duration each edge
element email empty end entity enum envoy equal error errors etc event exactly exceed exceeded
exception exists external extra fail failed failure false family fastly few fewer field file filter
find first for found function gender given got greater group had handler has have height here hits
home hour how href icon id if image in index info inner inside instance int integer internal into ip
is it item its job join key kind kong large larger latency later latest least left less level line
list loc long made mail manager many map match maximum may member message meta middle minimum minute
mismatch missing mobile mode month more most msg must name negative never new next nginx nick no non
none nor not note null number object of off offset old on once one only open operation or order
other out over own owner page param parameter parent parse password path pattern per phone photo
picture please point port position positive possible present previous process property proto query
reached read real reason record region rejected relation required resource result results retryable
right role row rpc rule runtime same schema score search second see served service should since size
small some sort source stack start state status step still stop street string subject success
successful such sum system tag team tel temporary than that the their them then there they this time
timestamp title to token too total true try type unable undefined unexpected unit unknown until
update updated upstream url us use used username uuid valid validation value values varnish version
was way we week were what when where which while who whole why width will word would write wrong
year yet you your zip
ada atau belum berhasil bukan dan dari data dengan di ditemukan gagal harus kosong pada salah sudah
tidak untuk wajib yang
"""
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
        self._words = frozenset({*_words(contract), *OF_HTTP, *_USUAL.split()})

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

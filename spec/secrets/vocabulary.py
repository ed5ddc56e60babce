"""The words of a contract, of HTTP and of errors: they are no parts of tokens, and name nobody."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ..documents.pointers import elements

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
# In English and Indonesian.
_OF_ERRORS = """
a about above access active address after again akamai all already also amz amzn an and another
answer any are argument array as at attribute available avatar azure bad be because been before
begin below between birth body boolean both bound but by byte cannot cause cdn certificate character
child chunk city class closed cloud cloudfront column company compressed connect correlation could
count country create created current database day decode deleted department desc description did
digit display do does down duplicate duration each edge element email empty encoding end entity enum
envoy equal error errors etc event exactly exceed exceeded exception exists external extra fail
failed failure false family fastly few fewer field file filter find first for found function gender
given got greater group had handler handshake has have header height here hits home host hour how
href icon id if image in index info inner inside instance int integer internal into ip is it item
its job join key kind kong large larger latency later latest least left less level line list loc
long login logout lookup made mail manager many map match maximum may member message meta middle
minimum minute mismatch missing mobile mode month more most msg must name negative network never new
next nginx nick no non none nor not note null number oauth object of off offset old on once one only
open operation or order other out over own owner page param parameter parent parse password path
pattern per phone photo picture please point port position positive possible present previous
process property proto query reached read real reason record refused region rejected relation
required reset resource response result results retryable right role row rpc rule runtime same
schema score search second see served server service should since size slow small some sort source
sso stack start state status step still stop street string subject success successful such sum
system tag team tel temporary than that the their them then there they this time timed timeout
timestamp title tls to token too total true try type unable undefined unexpected unit unknown
unreachable until update updated upstream url us use used username uuid valid validation value
values varnish verify version waited was way we week were what when where which while who whole why
width will word would write wrong year yet you your zip
ada atau belum berhasil bukan dan dari data dengan di ditemukan gagal harus kosong pada salah sudah
tidak untuk wajib yang
"""
OF_ERRORS = frozenset(_OF_ERRORS.split())
"""Usual words of errors and of the names of members; in lower case."""


def vocabulary(names: Iterable[str]) -> frozenset[str]:
    """Return the words of HTTP, of errors and of some names, in lower case."""
    return OF_HTTP | OF_ERRORS | {word for name in names for word in _WORD.findall(name.lower())}


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

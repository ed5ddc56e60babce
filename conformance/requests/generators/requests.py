"""Requests for the profile deep: single requests that are unusual in one or several ways.

Only what the contract decides is drawn. What it leaves open, so that servers may differ, is left
out: digits of other scripts, characters not allowed in URLs, headers with a meaning of their own.
"""

from __future__ import annotations

import string
from typing import TYPE_CHECKING
from urllib.parse import quote

from hypothesis import strategies as st

from ...records.credentials import near_misses
from ...records.request_parser import ASTRONOMICAL, LONG_VALUE, RequestParser
from ..probes.headers import UNKNOWN_TOKEN
from ..probes.probe import Probe
from .cases import strategy
from .coverage import is_agreed, note_of
from .documents import document

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

    from ....spec.contract import Contract
    from ....spec.parameters import Parameter
    from ..probes.probe import Caller
    from .generated import GeneratedRequest

# Almost integers.
_NEARLY = (
    *("1.0", "1.", ".5", "1e0", "1E2", "0x1", "0b1", "1L", "1f", "1,0", "1;1", "1/1", "1-1", "--1"),
    *("1 1", "10%", "NaN", "Infinity", "-Infinity", "true", "null", "undefined", "[]", "[1]", "{}"),
    *("'1'", '"1"', "1'", "1)", "$1", "${1}", "\u00b2", "\u2212", "\u221e", "-", "e", "x"),
)
_WORDS = string.ascii_letters + string.digits
_HOSTILE = "%'\"<>{}|\\^`;$&+=@!*()[]~,:"
_RAW = "".join(chr(code) for code in range(0xA1, 0x100))
_MEDIA = (
    *("*/*", "application/*", "text/html", "application/xml", "text/html, */*;q=0.1", "a", "", ";"),
    *("application/vnd.api+json", "multipart/form-data", "application/x-www-form-urlencoded"),
)
# Headers that any client may send, and that do not change the correct response.
_HARMLESS = (
    ("Accept-Language", ("id-ID,id;q=0.9", "en", "*", "xx-invalid")),
    ("User-Agent", ("curl/8.5.0", "Mozilla/5.0 (X11; Linux x86_64)", "x" * 300)),
    ("Accept-Encoding", ("identity", "gzip", "gzip, deflate", "")),
    ("Cache-Control", ("no-cache", "max-age=0")),
)
# No control characters, and no digits except 0 to 9.
_texts = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Nd")), max_size=12)


def requests(contract: Contract, caller: Caller) -> SearchStrategy[Probe]:
    """Return a strategy for requests for the list and with the token of a caller.

    Raises GenerationError if Schemathesis cannot use the operation.
    """
    known = frozenset(caller.path.values())
    reader = RequestParser(contract, caller.prefix, frozenset({caller.token}), known, caller.bare)
    reduced = document(contract, caller.operation)
    by_schema = [_of_schema(caller, reader, strategy(reduced, correct=c)) for c in (True, False)]
    return st.one_of(
        *by_schema,
        _with_numbers(caller),
        _without(caller),
        *(_with_texts(caller, parameter) for parameter in caller.operation.located("query")),
        _with_paths(caller),
        _with_tokens(caller),
        _with_headers(caller),
        _with_more(caller),
    ).filter(lambda probe: reader.read(probe.request) is not None)


def _of_schema(
    caller: Caller, reader: RequestParser, drawn: SearchStrategy[GeneratedRequest]
) -> SearchStrategy[Probe]:
    def agreed(generated: GeneratedRequest) -> bool:
        reading = reader.read(generated.request(caller))
        clean = all(text.isprintable() for pair in generated.query for text in pair)
        return clean and reading is not None and is_agreed(generated, reading)

    return drawn.filter(agreed).map(
        lambda generated: Probe(generated.request(caller), note_of(generated))
    )


def _numbers(parameter: Parameter) -> SearchStrategy[int]:
    least, most = parameter.minimum or 0, parameter.maximum
    within = st.integers(least, most if most is not None else ASTRONOMICAL - 1)
    near = [least - 1, least, least + 1]
    near += [most - 1, most, most + 1] if most is not None else []
    outside = st.integers(least - 200, least - 1)
    if most is not None:
        outside |= st.integers(most + 1, 50 * most)
    huge = st.sampled_from([31, 32, 53, 63, 64, 128]).flatmap(
        lambda bits: st.sampled_from([2**bits, 2**bits - 1, -(2**bits), -(2**bits) - 1])
    )
    return st.one_of(within, st.integers(least, least + 20), st.sampled_from(near), outside, huge)


@st.composite
def _with_numbers(draw: DrawFn, caller: Caller) -> Probe:
    integers = [p for p in caller.operation.located("query") if p.is_integer]
    query = {p.name: str(draw(_numbers(p))) for p in integers}
    note = "&".join(f"{name}={value}" for name, value in query.items()) or "a valid request"
    return Probe(caller.request(query=query), f"{note}, generated")


@st.composite
def _without(draw: DrawFn, caller: Caller) -> Probe:
    required = [p.name for p in caller.operation.located("query") if p.required]
    if not required:
        return Probe(caller.request(), "a valid request, generated")
    name = draw(st.sampled_from(required))
    request = caller.request(query={**_page_and_size(draw, caller), name: None})
    return Probe(request, f"without {name}, generated")


@st.composite
def _with_texts(draw: DrawFn, caller: Caller, parameter: Parameter) -> Probe:
    digits = st.integers(1, 99).map(str)
    broken = st.tuples(digits, st.sampled_from(string.ascii_letters + "._:'\"-"), st.text(_WORDS))
    text = draw(st.one_of(st.sampled_from(_NEARLY), broken.map("".join), _texts))
    request = caller.request(query={parameter.name: quote(text, safe="-._~")})
    return Probe(request, f"{parameter.name}={text}, generated")


@st.composite
def _with_paths(draw: DrawFn, caller: Caller) -> Probe:
    located = list(caller.operation.located("path"))
    if not located:
        return Probe(caller.request(), "a valid request, generated")
    parameter = draw(st.sampled_from(located))
    if parameter.unknown is not None and draw(st.booleans()):
        value = f"{parameter.unknown}-{draw(st.text(_WORDS, min_size=1, max_size=20))}"
        note = f"{parameter.name} {value}, which is unknown, generated"
        return Probe(caller.of(**{parameter.name: value}).request(), note)
    escaped = st.binary(min_size=1, max_size=8).map(
        lambda data: "".join(f"%{byte:02X}" for byte in data)
    )
    piece = st.one_of(
        st.text(_HOSTILE, min_size=1, max_size=6),
        st.text(_WORDS, min_size=1, max_size=6),
        _texts.map(lambda text: quote(text, safe="")),
        escaped,
        st.text(_RAW, min_size=1, max_size=3),
        st.integers(LONG_VALUE + 1, 3000).map(lambda length: "A" * length),
    )
    raw = draw(st.lists(piece, min_size=1, max_size=3).map("".join))
    # It must not name a list that may exist.
    segment = raw if set(raw) - set(_WORDS + "-._~") or len(raw) > LONG_VALUE else f"{raw}%27"
    request = caller.request(segments={parameter.name: segment})
    return Probe(request, f"{parameter.name} {segment[:40]}, generated")


@st.composite
def _with_tokens(draw: DrawFn, caller: Caller) -> Probe:
    schemes = caller.operation.first_schemes
    query = _page_and_size(draw, caller)
    if not schemes:
        return Probe(caller.request(query=query), "a valid request, generated")
    scheme = draw(st.sampled_from(schemes))
    where = "&".join(f"{name}={value}" for name, value in query.items())
    wrong = [(UNKNOWN_TOKEN, "an unknown token"), *near_misses(caller.token)]
    token, how = draw(st.sampled_from([(None, "no token"), ("", "an empty token"), *wrong]))
    if token:
        return Probe(caller.request(query=query, token=token), f"{how} at {where}, generated")
    return Probe(
        caller.request(query=query, credentials={scheme.id: token}), f"{how} at {where}, generated"
    )


@st.composite
def _with_headers(draw: DrawFn, caller: Caller) -> Probe:
    headers: dict[str, str | None] = {}
    for required in () if caller.bare else caller.operation.required_headers:
        if draw(st.booleans()):
            headers[required.name] = draw(st.one_of(st.none(), st.sampled_from(_MEDIA)))
    for name, values in _HARMLESS:
        if draw(st.booleans()):
            headers[name] = draw(st.sampled_from(values))
    note = ", ".join(f"without {n}" if v is None else f"{n}: {v[:30]}" for n, v in headers.items())
    request = caller.request(query=_page_and_size(draw, caller), headers=headers)
    return Probe(request, f"{note or 'a valid request'}, generated")


@st.composite
def _with_more(draw: DrawFn, caller: Caller) -> Probe:
    """Draw parameters that occur twice, or that are not in the contract."""
    known = [parameter.name for parameter in caller.operation.located("query")]
    name = draw(st.one_of(st.sampled_from(known or ["a"]), st.text(_WORDS, min_size=1, max_size=9)))
    if name.lower() in {each.lower() for each in known} and name not in known:
        name = f"{name}_"
    value = draw(st.one_of(st.integers(0, 200).map(str), st.sampled_from(["", "a", "null"])))
    request = caller.request(query=_page_and_size(draw, caller), extra=[(name, value)])
    return Probe(request, f"with {name}={value} besides, generated")


def _page_and_size(draw: DrawFn, caller: Caller) -> dict[str, str]:
    paging = caller.operation.pagination
    if paging is None or draw(st.integers(0, 2)) == 0:
        return {}
    first = paging.first
    return {
        paging.page.name: str(draw(st.integers(first, first + 20))),
        paging.size.name: str(draw(sizes(paging.size))),
    }


def sizes(size: Parameter) -> SearchStrategy[int]:
    """Return a strategy for valid page sizes that often draws the bounds and the example."""
    least = size.minimum or 1
    most = size.maximum or 10 * int(size.example or 10)
    often = {least, most, int(size.example or least), min(most, 7), min(most, 33)}
    return st.one_of(st.sampled_from(sorted(often)), st.integers(least, most))

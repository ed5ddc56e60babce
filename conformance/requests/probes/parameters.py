"""Parameter: requests whose parameters are missing, wrong, at their bounds or beyond them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...records.derived_names import derived_names
from .probe import Probe, page_out_of_bounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ....spec.parameters import Parameter
    from .probe import Caller

# Not integers: text, a decimal, an exponent, nothing, digits that run into letters, no number.
MALFORMED = ("abc", "1.5", "1e1", "", "10abc", "NaN")
# Neither a number nor true or false.
OF_NO_TYPE = ("abc", "1,5", "yes")
# In no enum, as far as anybody knows.
UNLISTED_VALUE = "rk-unlisted-7q4z"
# Integers to some languages only: 1_0, 0x1, 1 in Arabic digits, a blank before 1.
LENIENT = ("1_0", "0x1", "%D9%A1", "%201")
UNLISTED = ("unlisted", "1")
# Numbers that fit neither 32 nor 64 bits. Where bits are lost, two of them are 1.
BEYOND = (2**32 + 1, 2**63, 2**64 + 1)


def parameters(caller: Caller) -> Iterator[Probe]:
    """Yield requests that change one query parameter at a time."""
    for parameter in caller.operation.located("query"):
        yield from _missing(caller, parameter)
        if parameter.is_integer:
            yield from _no_integers(caller, parameter)
            yield from _out_of_bounds(caller, parameter)
            yield from _ambiguous(caller, parameter)
        elif "malformed" in parameter.requirements:
            for value in OF_NO_TYPE:
                request = caller.request(query={parameter.name: value})
                yield Probe(request, f"{parameter.name}={value}")
        if "outside" in parameter.requirements:
            request = caller.request(query={parameter.name: UNLISTED_VALUE})
            yield Probe(request, f"{parameter.name}={UNLISTED_VALUE}")
    yield from _missing_beside(caller)
    yield from _out_of_bounds_elsewhere(caller)
    yield from _sizes(caller)
    yield from _astronomical(caller)
    if any("ambiguous" in p.requirements for p in caller.operation.parameters):
        name, value = UNLISTED
        yield Probe(caller.request(extra=[UNLISTED]), f"with the unlisted parameter {name}={value}")


def _missing(caller: Caller, parameter: Parameter) -> Iterator[Probe]:
    if parameter.required:
        request = caller.request(query={parameter.name: None})
        paging = caller.operation.pagination
        smoke = paging is not None and parameter is paging.page
        yield Probe(request, f"without {parameter.name}", smoke=smoke)
    elif "default" in parameter.schema and _pages(caller, parameter):
        request = caller.request(query={parameter.name: None})
        default = parameter.schema["default"]
        yield Probe(request, f"without {parameter.name}, which is then {default}")


def _pages(caller: Caller, parameter: Parameter) -> bool:
    paging = caller.operation.pagination
    return paging is not None and parameter.name in {paging.page.name, paging.size.name}


def _missing_beside(caller: Caller) -> Iterator[Probe]:
    """Yield requests without a parameter that is required in a header or a cookie."""
    for parameter in caller.operation.parameters:
        if "missing" in parameter.requirements and parameter.location in {"header", "cookie"}:
            left_out = {parameter.name: None}
            of_header = parameter.location == "header"
            request = caller.request(
                headers=left_out if of_header else {}, cookies={} if of_header else left_out
            )
            yield Probe(request, f"without {parameter.name}")


def _no_integers(caller: Caller, parameter: Parameter) -> Iterator[Probe]:
    paging = caller.operation.pagination
    size = paging is not None and parameter is paging.size
    for value in (*MALFORMED, *(LENIENT if "lenient" in parameter.requirements else ())):
        request = caller.request(query={parameter.name: value})
        yield Probe(request, f"{parameter.name}={value}", smoke=size and value == MALFORMED[0])


def _out_of_bounds(caller: Caller, parameter: Parameter) -> Iterator[Probe]:
    values = []
    if parameter.minimum is not None:
        values += [parameter.minimum - 1, parameter.minimum - 2, -(2**31) - 1]
    if parameter.maximum is not None:
        most = parameter.maximum
        values += [most + 1, most * 3 // 2, most * 10, *BEYOND]
    paging = caller.operation.pagination
    for value in dict.fromkeys(values):
        nearest = value in {(parameter.maximum or 0) + 1, (parameter.minimum or 0) - 1}
        smoke = nearest and paging is not None and parameter is paging.size
        request = caller.request(query={parameter.name: str(value)})
        yield Probe(request, f"{parameter.name}={value}", smoke=smoke)


def _out_of_bounds_elsewhere(caller: Caller) -> Iterator[Probe]:
    """Yield pages below the minimum with other sizes, and a size above the maximum on page 2."""
    paging = caller.operation.pagination
    if paging is None:
        return
    first, most = paging.first, paging.size.maximum
    if most is not None:
        for page, size in ((first - 1, most), (first - 2, most), (first - 1, paging.least)):
            yield page_out_of_bounds(caller, paging, page, size)
        note = f"{paging.size.name}={most + 1} on page {first + 1}"
        yield Probe(caller.request(page=first + 1, size=most + 1), note)


def _ambiguous(caller: Caller, parameter: Parameter) -> Iterator[Probe]:
    if "ambiguous" not in parameter.requirements:
        return
    value = str(parameter.example)
    for raw in (f"%2B{value}", f"0{value}"):
        request = caller.request(query={parameter.name: raw})
        yield Probe(request, f"{parameter.name}={raw}")
    twice = caller.request(extra=[(parameter.name, str(int(value) + 1))])
    yield Probe(twice, f"with {parameter.name} twice")


def _sizes(caller: Caller) -> Iterator[Probe]:
    parameter = caller.operation.size
    if parameter is None:
        return
    for size in sizes_within(parameter):
        note = f"{parameter.name}={size}"
        yield Probe(caller.request(size=size), note, smoke=size == parameter.maximum)


def sizes_within(size: Parameter) -> list[int]:
    """Return sizes from bound to bound: both, their neighbours, one digit and two."""
    least, most = size.minimum or 1, size.maximum or 10 * int(size.example or 10)
    found = [least, most, least + 1, 9, 11, most // 3, most // 2, most - 1]
    return [value for value in dict.fromkeys(found) if least <= value <= most]


def _astronomical(caller: Caller) -> Iterator[Probe]:
    paging = caller.operation.pagination
    if paging is None or "astronomical" not in paging.page.requirements:
        return
    for page in (2**31 - 1, 2**63 - 1, *BEYOND):
        yield Probe(caller.request(page=page), f"{paging.page.name}={page}")


def paths(caller: Caller) -> Iterator[Probe]:
    """Yield requests for lists that do not exist, of names like a known one, and hostile ones."""
    for parameter in caller.operation.located("path"):
        if parameter.unknown is not None:
            for smoke, value in ((True, parameter.unknown), (False, f"{parameter.unknown}-7Q4Z")):
                request = caller.of(**{parameter.name: value}).request()
                yield Probe(request, f"{parameter.name} {value}, which is unknown", smoke=smoke)
        if "derived" in parameter.requirements:
            for value, what in derived_names(caller.path[parameter.name]).items():
                request = caller.of(**{parameter.name: value}).request()
                yield Probe(request, f"{parameter.name} with {what}")
        if "hostile" in parameter.requirements:
            for raw, what in HOSTILE.items():
                request = caller.request(segments={parameter.name: raw})
                yield Probe(request, f"{parameter.name} with {what}")


# Raw text in a path, each byte one character, and what it is.
HOSTILE = {
    "%27%20OR%20%271%27=%271": "a quote and SQL",
    "%22%3E%3Cscript%3E": "markup",
    "A" * 2000: "2,000 letters",
    "%E6%B8%AC%E8%A9%A6": "letters beyond ASCII",
    "%F0%9F%98%80": "an emoji",
    "a%2Fb": "an escaped slash",
    "a%00b": "NUL",
    "..": "dot segments",
    "%2E%2E": "escaped dot segments",
    "%0D%0AX-Injected:%201": "a line break",
    "%FF%FE": "escaped bytes that are not UTF-8",
    "%zz": "a broken escape",
    "caf\xe9": "a raw byte beyond ASCII",
    "%25s%25n%7B%7B7*7%7D%7D": "placeholders",
}

"""Conditions: phrases that say when a fault shows, such as `from page 2` or `one request in 20`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from ....spec.model.lists import PastEnd, UnknownList
from ....spec.model.resource import Action
from ..context import USUAL_MAXIMUM, last_page, number
from ..examples import EXAMPLES
from ..mistakes import MistakeError, near, regex

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ....spec.parameters import Parameter
    from ..call import Call
    from ..context import Context, Row
    from ..examples import Parts

# Below this size every other fault of odd sizes would be one of the smallest sizes.
_SMALLEST_ODD = 5


_ACTIONS: Mapping[str, tuple[Action, ...]] = {
    "shown": (Action.SHOW,),
    "created": (Action.CREATE,),
    "changed": (Action.CHANGE, Action.REPLACE),
    "deleted": (Action.DELETE,),
}
"""What happens to an item, by its word."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of a fault.

    `holds` gets the context, or with `about_rows` the row. With `reads_response` it needs the
    response of the stub, with `reads_list` the number of rows in the requested list, and with
    `waits` it is judged after a few milliseconds. `parameters` are the parameters that it names,
    `example` the parts of a request for which it holds.
    """

    holds: Callable[[Any], bool]
    reads_response: bool = False
    reads_list: bool = False
    about_rows: bool = False
    waits: bool = False
    parameters: tuple[str, ...] = ()
    example: Parts = field(default_factory=dict)


def compiled(phrase: str) -> Condition:
    """Return the condition of a phrase; raise MistakeError if it is unknown."""
    for template, pattern in _PATTERNS.items():
        found = pattern.fullmatch(phrase)
        if found is not None:
            return _condition(template, found.groups())
    raise MistakeError(f"unknown condition {phrase!r}", near(phrase, _PATTERNS))


def _condition(template: str, texts: Sequence[str]) -> Condition:
    kind = next(kind for kind in _KINDS if template in kind)
    readers = [_PLACEHOLDERS[name][1] for name in _PARTS.findall(template)]
    values = [read(text) for read, text in zip(readers, texts, strict=True)]
    test = kind[template]
    return Condition(
        lambda subject: test(subject, *values),
        reads_response=kind is _RESPONSE,
        reads_list=kind is _LIST,
        about_rows=kind is _ROW,
        waits=kind is _MEANWHILE,
        parameters=tuple(texts[:1]) if kind is _PARAMETER else (),
        example=EXAMPLES[template](*values) if template in EXAMPLES else {},
    )


def _is_large(call: Call) -> bool:
    most = call.paging.size.maximum if call.operation.pagination else None
    return call.size is not None and call.size > (most or USUAL_MAXIMUM) // 2


def _repeats_a_parameter(call: Call) -> bool:
    names = [pair.partition("=")[0] for pair in call.pairs]
    return len(set(names)) < len(names)


def _is_about_item(call: Call, actions: tuple[Action, ...]) -> bool:
    resource = call.operation.resource
    is_own = call.method == call.operation.method
    return is_own and resource is not None and resource.action in actions


def _is_other_list(call: Call) -> bool:
    return bool(call.names) and call.examples != call.names


def _names_nothing(call: Call) -> bool:
    located = call.operation.located("path")
    return any(
        parameter.unknown is not None and name.startswith(parameter.unknown)
        for parameter, name in zip(located, call.names, strict=True)
    )


def _is_like_example(call: Call, how: str) -> bool:
    names = [_decoded(name).decode("latin-1") for name in call.names]
    return any(
        name != example and _LIKE[how](name, example)
        for name, example in zip(names, call.examples, strict=True)
    )


def _wildcards(several: str, one: str = "") -> Callable[[str, str], bool]:
    """Return the comparison in which one character stands for several, and another for one."""

    def matches(name: str, example: str) -> bool:
        parts = {several: ".*", one: "."}
        pattern = "".join(parts.get(c, re.escape(c)) for c in name)
        return re.fullmatch(pattern, example, re.DOTALL) is not None

    return matches


_LIKE: dict[str, Callable[[str, str], bool]] = {
    "with a suffix": lambda name, example: name.startswith(example),
    "with a prefix": lambda name, example: name.endswith(example),
    "without its end": lambda name, example: bool(name) and example.startswith(name),
    "with % or _": _wildcards("%", "_"),
    "with *": _wildcards("*"),
    "before NUL": lambda name, example: name.startswith(f"{example}\0"),
    "before a blank": lambda name, example: name.rstrip() == example,
}
"""How a name in the path may be like the example of the contract without being the same."""


def _header_is_sent(context: Context, nth: int) -> bool:
    headers = context.call.operation.required_headers
    named = headers[nth - 1].name.lower().encode() if 0 < nth <= len(headers) else None
    return named is not None and context.call.header(named) is not None


def _is_first(context: Context) -> bool:
    """Whether this is asked for the first time; the conditions before it hold then."""
    seen = "once" in context.stub.memory.values
    context.stub.memory.remember("once", True)
    return not seen


def _has_unlisted_parameter(call: Call) -> bool:
    query = call.query
    return bool(query.keys() - call.operation.listed(query))


def _follows_valid_token(context: Context) -> bool:
    before = context.stub.memory.previous
    return before is not None and before.token == context.stub.token


def _decoded(name: str) -> bytes:
    return unquote_to_bytes(name.encode("latin-1"))


def _is_not_utf8(name: str) -> bool:
    try:
        _decoded(name).decode()
    except UnicodeDecodeError:
        return True
    return False


def _is_past_end(context: Context, beyond: int = 0) -> bool:
    # Pages that no list can have are the subject of other faults.
    far = 2**31 - 1
    return context.is_list and context.last + beyond < context.page < far


def _is_last_page(context: Context) -> bool:
    return (
        context.page > 1
        and context.page == last_page(context.total, context.size)
        and context.total > 0
    )


def _has_no_rows(context: Context) -> bool:
    return context.is_list and not context.asked.paging.items_of(context.body)


def _is_open_unknown(context: Context) -> bool:
    paging = context.call.operation.pagination
    is_open = paging is not None and paging.unknown_list is UnknownList.ANY
    valid = context.call.is_listing and context.call.token == context.stub.token
    return is_open and valid and _has_status(context, {404}) and _names_nothing(context.call)


def _has_status(context: Context, statuses: set[int]) -> bool:
    return context.response is not None and context.response.status in statuses


def _text(test: Callable[..., bool]) -> Callable[..., bool]:
    """Test a parameter as it is sent, in requests with the method of the operation."""

    def holds(context: Context, name: str, *rest: Any) -> bool:
        parameter, call = context.parameter(name), context.call
        if parameter is None or call.method != call.operation.method:
            return False
        return test(call.texts(parameter), parameter, *rest)

    return holds


def _number(test: Callable[..., bool]) -> Callable[..., bool]:
    """Test a parameter that is sent as an integer."""

    def holds(texts: list[str], parameter: Parameter, *rest: int) -> bool:
        value = number(texts)
        return value is not None and test(value, parameter, *rest)

    return _text(holds)


def _maximum(parameter: Parameter) -> float:
    return float("inf") if parameter.maximum is None else parameter.maximum


def _has_no_number(texts: list[str], parameter: Parameter) -> bool:
    wrong = len(texts) == 1 and parameter.read(texts).fault is not None
    return wrong and re.match(r"\s*[+-]*[0-9]", texts[0]) is None


_Table = dict[str, Callable[..., bool]]

_CALL: _Table = {
    "a list": lambda c: c.call.is_listing,
    "from page {n}": lambda c, n: (c.call.page or 0) >= n,
    "page {n}": lambda c, n: c.call.page == n,
    "rows from {n}": lambda c, n: c.call.is_listing and c.call.first_row >= n,
    "a parameter twice": lambda c: _repeats_a_parameter(c.call),
    "an unlisted parameter": lambda c: _has_unlisted_parameter(c.call),
    "once": _is_first,
    "large pages": lambda c: _is_large(c.call),
    "odd page sizes": lambda c: (c.call.size or 0) % 2 == 1 and c.call.size >= _SMALLEST_ODD,
    "an item is {action}": lambda c, action: _is_about_item(c.call, action),
    "another list": lambda c: _is_other_list(c.call),
    "request {n}": lambda c, n: c.call.count == n,
    "one request in {every}": lambda c, n: c.call.count % n == 0,
    "two requests in {every}": lambda c, n: c.call.count % n < 2,  # noqa: PLR2004
    "every second request": lambda c: c.call.count % 2 == 1,
    "after {n} requests": lambda c, n: c.call.count > n,
    "another method": lambda c: c.call.method not in {c.call.operation.method, "HEAD"},
    "method {text}": lambda c, methods: c.call.method in methods.split(" or "),
    "header {n} sent": _header_is_sent,
    "header {n} missing": lambda c, n: not _header_is_sent(c, n),
    "gzip accepted": lambda c: b"gzip" in (c.call.header(b"accept-encoding") or b""),
    "valid token": lambda c: c.call.token == c.stub.token,
    "no valid token": lambda c: c.call.token != c.stub.token,
    "no token": lambda c: c.call.token is None,
    "empty token": lambda c: c.call.token == "",
    "wrong token": lambda c: bool(c.call.token) and c.call.token != c.stub.token,
    "the beginning of the token": lambda c: (
        bool(c.call.token) and c.stub.token.startswith(c.call.token)
    ),
    "the token with a suffix": lambda c: (
        bool(c.call.token) and c.call.token.startswith(c.stub.token)
    ),
    "the token in another case": lambda c: (
        bool(c.call.token) and c.call.token.lower() == c.stub.token.lower()
    ),
    "after a valid token": _follows_valid_token,
    "connection with a valid token": lambda c: ("admitted", c.call.peer) in c.stub.memory.values,
    "unknown path": lambda c: _names_nothing(c.call),
    "the example {like}": lambda c, how: c.call.is_listing and _is_like_example(c.call, how),
    "path is not UTF-8": lambda c: any(map(_is_not_utf8, c.call.names)),
    "path matches {regex}": lambda c, regex: any(
        regex.search(_decoded(name).decode("latin-1")) for name in c.call.names
    ),
    "raw path matches {regex}": lambda c, regex: any(map(regex.search, c.call.names)),
}
_PARAMETER: _Table = {
    "{p} is missing": _text(lambda texts, _: not texts),
    "{p} is empty": _text(lambda texts, _: texts == [""]),
    '{p} is "{text}"': _text(lambda texts, _, text: texts == [text]),
    "{p} is no number": _text(_has_no_number),
    "{p} has no digits": _text(
        lambda texts, _: bool(texts) and not any(c.isdigit() for c in texts[0])
    ),
    "{p} is above the maximum as text": _text(
        lambda texts, p: bool(texts) and texts[0] > str(p.maximum)
    ),
    "{p} is the maximum": _number(lambda value, p: value == p.maximum),
    "{p} is the minimum": _number(lambda value, p: value == p.minimum),
    "{p} is above the maximum": _number(lambda value, p: value > _maximum(p)),
    "{p} is one above the maximum": _number(lambda value, p: value == _maximum(p) + 1),
    "{p} is below the minimum": _number(lambda value, p: value < (p.minimum or 0)),
    "{p} is negative": _number(lambda value, _: value < 0),
    "{p} is at least {n}": _number(lambda value, _, least: value >= least),
}
_RESPONSE: _Table = {
    "success": lambda c: c.is_list,
    "error": lambda c: c.is_error,
    "status {statuses}": _has_status,
    "last page": _is_last_page,
    "no rows": _has_no_rows,
    "past the end": _is_past_end,
    "past the end, where the contract leaves that open": lambda c: (
        _is_past_end(c) and c.asked.paging.past_end is PastEnd.ANY
    ),
    "an unknown list, where the contract leaves that open": _is_open_unknown,
    "{n} pages past the end": _is_past_end,
}
_MEANWHILE: _Table = {
    "another request began meanwhile": lambda c: c.stub.memory.latest is not c.call,
}
_LIST: _Table = {
    "last page requested": lambda c: c.page > 1 and c.page == last_page(c.listed, c.size),
    "page past the end requested": lambda c: c.listed >= 0 and c.page > last_page(c.listed, c.size),
    "an empty list": lambda c: c.listed == 0,
    "a short list": lambda c: 0 <= c.listed < (c.call.paging.size.maximum or USUAL_MAXIMUM),
}
_ROW: _Table = {
    "row {n} of every {every}": lambda row, first, step: row.index % step == first % step,
    "first row of the page": lambda row: row.position == 0,
}
_KINDS = (_CALL, _PARAMETER, _RESPONSE, _LIST, _MEANWHILE, _ROW)
_PLACEHOLDERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "{n}": ("([0-9]+)", int),
    "{every}": ("([1-9][0-9]*)", int),
    "{p}": (r"(\S+)", str),
    "{text}": ("(.+)", str),
    "{action}": (f"({'|'.join(_ACTIONS)})", _ACTIONS.__getitem__),
    "{regex}": ("(.+)", regex),
    "{like}": (f"({'|'.join(map(re.escape, _LIKE))})", str),
    "{statuses}": ("([0-9]{3}(?: or [0-9]{3})*)", lambda text: set(map(int, text.split(" or ")))),
}
"""What stands for a part of a phrase: its pattern, and how it is read."""
_PARTS = re.compile(r"(\{\w+\})")


def _pattern(template: str) -> re.Pattern[str]:
    parts = _PARTS.split(template)
    return re.compile(
        "".join(
            _PLACEHOLDERS[part][0] if part in _PLACEHOLDERS else re.escape(part) for part in parts
        )
    )


_PATTERNS = {template: _pattern(template) for kind in _KINDS for template in kind}


def holds_for(row: Row, conditions: tuple[Condition, ...]) -> bool:
    """Whether all conditions about rows hold for one."""
    return all(condition.holds(row) for condition in conditions)

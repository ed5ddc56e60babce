"""Faults of the path: lists that do not exist and are shown, and names the server fails at."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from .behaviours import MISSING, instead, put
from .fault import Fault
from .refusals import refusing

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .call import Answer, Call
    from .fault import Behaviour
    from .stub import Stub

_LONG = 255
_ASCII = 127
_DECODABLE = 0x20
_HTML = b"<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1></body></html>"


def _failing_at(test: Callable[[str, bytes], bool], text: str) -> Behaviour:
    """Fail with 500 where a name in the path, as sent and decoded, is of some kind."""

    def happens(call: Call, stub: Stub) -> bool:
        named = any(test(name, unquote_to_bytes(name.encode("latin-1"))) for name in call.names)
        return call.token == stub.token and named

    return instead(refusing(500, text), happens)


def _is_no_utf8(_name: str, data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return True
    return False


def _is_broken_escape(name: str, _data: bytes) -> bool:
    return any(not _is_hex(part[:2]) for part in name.split("%")[1:])


def _is_hex(text: str) -> bool:
    return len(text) == 2 and all(letter in "0123456789abcdefABCDEF" for letter in text)  # noqa: PLR2004


def _unknown(change: Callable[[Call, Answer], Answer]) -> Behaviour:
    """Show something for a list that does not exist; the change gets a page of the example's."""

    async def behave(call: Call, stub: Stub) -> Answer:
        answer = await stub.ask(call)
        if not (call.is_listing and call.token == stub.token and answer.status == 404):  # noqa: PLR2004
            return answer
        if not _names_nothing(call):
            return answer
        examples = tuple(str(p.example) for p in call.operation.located("path"))
        return change(call, await stub.ask(call.to(examples)))

    return behave


def _names_nothing(call: Call) -> bool:
    located = call.operation.located("path")
    return any(
        parameter.unknown is not None and name.startswith(parameter.unknown)
        for parameter, name in zip(located, call.names, strict=True)
    )


def _with(call: Call, answer: Answer, **members: Any) -> Answer:
    value, paging = answer.json, call.paging
    places = {"items": paging.items, "total": paging.total_items, "pages": paging.total_pages}
    for name, new in members.items():
        put(value, places[name], new)
    return answer.saying(value)


async def _broken(call: Call, stub: Stub) -> Answer:
    return await refusing(500, "no rows in result set")(call, stub)


def _hostile(call: Call, stub: Stub) -> bool:
    odd = any(not name.replace("-", "").replace("_", "").isalnum() for name in call.names)
    return odd and call.token == stub.token


async def _page_of_the_server(call: Call, stub: Stub) -> Answer:
    return (await stub.ask(call)).but(404, _HTML, content_type="text/html")


async def _empty(call: Call, stub: Stub) -> Answer:
    return (await stub.ask(call)).but(404, b"")


FAULTS = (
    Fault(
        "unknown-course-shows-another-one",
        "Shows the users of another course where there is no such course.",
        ("PATH-01",),
        _unknown(lambda _call, answer: answer),
    ),
    Fault(
        "unknown-course-has-the-total-of-another",
        "Shows nobody for a course that does not exist, and the total of another one.",
        ("PATH-01", "PAGE-04"),
        _unknown(lambda call, answer: _with(call, answer, items=[])),
    ),
    Fault(
        "unknown-course-has-null-for-its-items",
        "Answers 200 with null in the place of the array where there is no such course.",
        ("PATH-01", "ENV-07"),
        _unknown(lambda call, answer: _with(call, answer, items=None, total=0, pages=0)),
    ),
    Fault(
        "unknown-course-has-no-items-at-all",
        "Leaves the array out where there is no such course.",
        ("PATH-01", "ENV-07"),
        _unknown(lambda call, answer: _with(call, answer, items=MISSING, total=0, pages=0)),
    ),
    Fault(
        "unknown-course-is-500",
        "Fails with 500 where there is no such course.",
        ("PATH-01",),
        instead(_broken, lambda call, stub: call.token == stub.token and _names_nothing(call)),
    ),
    Fault(
        "quote-in-course-is-500",
        "Puts the course into a query as text, and fails at a quote.",
        ("PATH-02",),
        _failing_at(lambda _name, data: b"'" in data, "unterminated string"),
    ),
    Fault(
        "long-course-is-500",
        "Fails at a course that does not fit its column.",
        ("PATH-02",),
        _failing_at(lambda _name, data: len(data) > _LONG, "value too long"),
    ),
    Fault(
        "course-beyond-ascii-is-500",
        "Fails at letters beyond ASCII.",
        ("PATH-02",),
        _failing_at(lambda _name, data: any(byte > _ASCII for byte in data), "codec"),
    ),
    Fault(
        "nul-in-course-is-500",
        "Fails at a NUL, which a text in its database cannot have.",
        ("PATH-02",),
        _failing_at(lambda _name, data: 0 in data, "invalid byte sequence"),
    ),
    Fault(
        "course-that-is-no-utf8-is-500",
        "Fails at escaped bytes that are not UTF-8.",
        ("PATH-02",),
        _failing_at(_is_no_utf8, "invalid start byte"),
    ),
    Fault(
        "broken-escape-in-course-is-500",
        "Fails at a percent sign with no two digits behind it.",
        ("PATH-02",),
        _failing_at(_is_broken_escape, "malformed URI"),
    ),
    Fault(
        "slash-in-course-is-500",
        "Fails at an escaped slash.",
        ("PATH-02",),
        _failing_at(lambda name, _data: "%2f" in name.lower(), "no route"),
    ),
    Fault(
        "hostile-course-gets-the-page-of-the-web-server",
        "Refuses an odd course with the HTML page of a web server.",
        ("PATH-03", "ERR-04"),
        instead(_page_of_the_server, _hostile),
    ),
    Fault(
        "hostile-course-gets-an-empty-body",
        "Refuses an odd course with 404 and nothing else.",
        ("PATH-03",),
        instead(_empty, _hostile),
    ),
)

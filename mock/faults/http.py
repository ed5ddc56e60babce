"""Faults of HTTP itself: other methods, answers that differ, and answers that do not come."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ...spec.model import METHODS
from . import conditions
from .behaviours import answering, failing, instead
from .fault import Fault
from .refusals import refusing

if TYPE_CHECKING:
    from collections.abc import Callable

    from .call import Answer, Call
    from .fault import Behaviour
    from .stub import Stub

_HTML = b"<html><head><title>405 Not Allowed</title></head><body>405 Not Allowed</body></html>"
_LONGER_THAN_ANYBODY_WAITS = 30.0
_NOT_ALLOWED = 405


def _with_method(*methods: str) -> Callable[[Call, Stub], bool]:
    return lambda call, _stub: call.method in methods


async def _as_get(call: Call, stub: Stub) -> Answer:
    return await stub.ask(replace(call, method="GET"))


async def _done(call: Call, stub: Stub) -> Answer:
    return (await stub.ask(call)).but(204, b"").with_header("content-type", None)


def _refused_methods(change: Callable[[Call, Answer], Answer]) -> Behaviour:
    return failing(
        lambda call, answer: change(call, answer) if answer.status == _NOT_ALLOWED else answer
    )


def _plain(when: Callable[[Call], bool]) -> Callable[[Call, Stub], bool]:
    return lambda call, stub: call.is_listing and call.token == stub.token and when(call)


def _on_the_way(change: Callable[[Answer], Answer], when: Callable[[Call], bool]) -> Behaviour:
    return answering(lambda _call, answer: change(answer), when)


def _cut(answer: Answer) -> Answer:
    return replace(answer, cut=len(answer.body) // 2)


def _dropped(answer: Answer) -> Answer:
    return replace(answer, dropped=True)


def _slow(answer: Answer) -> Answer:
    return replace(answer, delay=_LONGER_THAN_ANYBODY_WAITS)


def _large_listing(call: Call) -> bool:
    return call.is_listing and conditions.large(call)


def _far(call: Call) -> bool:
    return call.is_listing and call.first_row >= 90  # noqa: PLR2004


def _has_escapes(call: Call) -> bool:
    return any("%" in name for name in call.names)


FAULTS = (
    Fault(
        "post-answered-like-get",
        "Answers POST with the list.",
        ("HTTP-01",),
        instead(_as_get, _with_method("POST")),
    ),
    Fault(
        "every-method-answered-like-get",
        "Looks at no method at all.",
        ("HTTP-01",),
        instead(
            _as_get,
            lambda call, _stub: call.method.lower() in METHODS and call.method != "HEAD",
        ),
        hides=("HTTP-02",),
    ),
    Fault(
        "delete-answered-204",
        "Answers DELETE as if something had been deleted.",
        ("HTTP-01",),
        instead(_done, _with_method("DELETE")),
    ),
    Fault(
        "put-and-patch-are-500",
        "Fails with 500 at methods it does not know.",
        ("HTTP-01",),
        instead(refusing(500, "nil handler"), _with_method("PUT", "PATCH")),
    ),
    Fault(
        "refused-method-without-allow",
        "Does not say which methods there are where it refuses one.",
        ("HTTP-02",),
        _refused_methods(lambda _call, answer: answer.with_header("allow", None)),
    ),
    Fault(
        "allow-names-other-methods",
        "Has methods in Allow that it refuses, and lacks the one that works.",
        ("HTTP-02",),
        _refused_methods(lambda _call, answer: answer.with_header("allow", "POST, PUT")),
    ),
    Fault(
        "other-methods-answered-404",
        "Answers methods it does not know as if there were no such path.",
        ("HTTP-02",),
        instead(
            refusing(404, "no such path"), lambda call, _stub: call.method not in {"GET", "HEAD"}
        ),
    ),
    Fault(
        "refused-method-gets-the-page-of-the-web-server",
        "Refuses methods with the HTML page of a web server.",
        ("HTTP-02", "ERR-04"),
        _refused_methods(lambda _call, answer: answer.but(body=_HTML, content_type="text/html")),
    ),
    Fault(
        "one-request-in-20-is-500",
        "Fails with 500 one time in 20.",
        ("HTTP-03",),
        instead(
            refusing(500, "too many connections"), lambda call, _stub: conditions.every(20)(call)
        ),
    ),
    Fault(
        "one-request-in-20-is-503",
        "Is not available one time in 20.",
        ("HTTP-03",),
        instead(
            refusing(503, "no healthy upstream"), lambda call, _stub: conditions.every(20)(call)
        ),
    ),
    Fault(
        "one-answer-in-20-is-cut-off",
        "Ends the connection in the middle of one answer in 20.",
        ("HTTP-03", "HTTP-04"),
        _on_the_way(_cut, conditions.every(20)),
    ),
    Fault(
        "one-success-in-7-is-404",
        "Does not find one correct request in 7, as where a machine has not got all data.",
        ("HTTP-03",),
        instead(refusing(404, "not found"), _plain(conditions.every(7))),
    ),
    Fault(
        "connections-dropped-now-and-then",
        "Closes connections in the place of an answer, two at a time, as a restarting worker.",
        ("HTTP-04", "HTTP-03"),
        _on_the_way(_dropped, lambda call: call.count % 20 < 2),  # noqa: PLR2004
    ),
    Fault(
        "connection-dropped-where-the-path-is-escaped",
        "Closes the connection where the path has escapes.",
        ("HTTP-04",),
        _on_the_way(_dropped, _has_escapes),
    ),
    Fault(
        "large-pages-are-cut-off",
        "Ends the connection in the middle of large pages.",
        ("HTTP-04", "HTTP-03"),
        _on_the_way(_cut, _large_listing),
        hides=("PARAM-05",),
    ),
    Fault(
        "gzip-announced-and-not-sent",
        "Says of large pages that they are compressed, which they are not.",
        ("HTTP-04", "HTTP-03"),
        _on_the_way(lambda answer: answer.with_header("content-encoding", "gzip"), _large_listing),
        hides=("PARAM-05",),
    ),
    Fault(
        "far-pages-never-come",
        "Takes longer than anybody waits for pages that begin behind row 90.",
        ("HTTP-05",),
        _on_the_way(_slow, _far),
        hides=("PAGE-05", "PARAM-11"),
        slow=True,
    ),
    Fault(
        "one-request-in-40-hangs",
        "Takes longer than anybody waits one time in 40.",
        ("HTTP-05",),
        _on_the_way(_slow, conditions.every(40)),
        slow=True,
    ),
)

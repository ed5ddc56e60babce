"""Faults of the errors: their form, what they give away, and their status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .behaviours import MISSING, error, failing, instead
from .conditions import with_status
from .fault import Fault
from .refusals import called, refusing

if TYPE_CHECKING:
    from .call import Answer, Call
    from .stub import Stub

_HTML = (
    b"<!DOCTYPE html><html><head><title>Error</title></head><body><h1>An error occurred</h1>"
    b"</body></html>"
)
_PYTHON = (
    'Traceback (most recent call last):\n  File "/srv/app/views.py", line 214, in users\n'
    "KeyError: 'page'"
)
_JAVA = "java.lang.NullPointerException\n\tat id.app.UserService.list(UserService.java:88)"
_GO = "runtime error: index out of range [3] with length 3\ngoroutine 41 [running]:"
_SQL = 'pq: syntax error at or near "LIMIT": SELECT serial, name FROM users LIMIT abc'


def _message(form: Any) -> Any:
    return form.message


def _number(form: Any) -> Any:
    return form.number


def _detail(form: Any) -> Any:
    return form.detail


def _snake(text: str) -> str:
    """Write the code in a message as gRPC has it in other languages."""
    head, sign, rest = text.partition(" = ")
    code, blank, text = rest.partition(" ")
    words = "".join(f"_{c}" if c.isupper() and n else c for n, c in enumerate(code))
    return f"{head}{sign}{words.upper()}{blank}{text}"


def _shortened(text: str) -> str:
    return text.rpartition(" desc = ")[2]


def _nested(_call: Call, answer: Answer) -> Answer:
    return answer.saying({"error": answer.json})


def _page(_call: Call, answer: Answer) -> Answer:
    return answer.but(body=_HTML, content_type="text/html; charset=utf-8")


def _is_wrong_parameter(call: Call, answer: Answer) -> bool:
    return answer.status == 400 and call.operation.pagination is not None  # noqa: PLR2004


def _is_unknown(call: Call, stub: Stub) -> bool:
    return bool(call.token) and call.token != stub.token


_SIZES_AND_PAGES = (
    *("PARAM-01", "PARAM-02", "PARAM-03", "PARAM-04", "PARAM-07", "PARAM-08", "PARAM-09"),
)

FAULTS = (
    Fault(
        "errors-are-text-plain",
        "Says of its errors that they are plain text.",
        ("ERR-01",),
        failing(lambda _call, a: a.with_header("content-type", "text/plain; charset=utf-8")),
    ),
    Fault(
        "errors-are-problem-json",
        "Has another JSON type for errors about parameters.",
        ("ERR-01",),
        failing(
            lambda _call, a: (
                a.with_header("content-type", "application/problem+json")
                if a.status == 400  # noqa: PLR2004
                else a
            )
        ),
    ),
    Fault(
        "errors-are-pages-of-html",
        "Answers errors with the page of a framework.",
        ("ERR-02", "ERR-01", "ERR-04", "PATH-03", "HTTP-02"),
        failing(_page),
        hides=("AUTH-07", "ERR-03", "ERR-06"),
    ),
    Fault(
        "not-found-is-a-page-of-html",
        "Answers an unknown course with the page of a framework.",
        ("ERR-02", "ERR-01", "ERR-04", "PATH-03"),
        failing(lambda call, a: _page(call, a) if a.status == 404 else a),  # noqa: PLR2004
    ),
    Fault(
        "error-code-as-text",
        "Writes the number of an error as a text.",
        ("ERR-02", "PATH-03", "HTTP-02"),
        error(_number, str),
    ),
    Fault(
        "error-code-missing-where-a-token-is-refused",
        "Leaves the number of an error out where a token is refused.",
        ("ERR-02",),
        error(_number, lambda _value: MISSING, with_status(401, 403)),
    ),
    Fault(
        "error-message-empty",
        "Has an empty message for errors about parameters.",
        ("ERR-02",),
        error(_message, lambda _value: "", with_status(400)),
    ),
    Fault(
        "error-detail-missing",
        "Leaves the detail of errors out.",
        ("ERR-02", "PATH-03", "HTTP-02"),
        error(_detail, lambda _value: MISSING),
    ),
    Fault(
        "error-detail-null-where-not-found",
        "Has null for the detail where there is no such course.",
        ("ERR-02", "PATH-03"),
        error(_detail, lambda _value: None, with_status(404)),
    ),
    Fault(
        "error-detail-is-a-list",
        "Has a list for the detail of errors.",
        ("ERR-02", "PATH-03", "HTTP-02"),
        error(_detail, lambda value: [value]),
    ),
    Fault(
        "errors-in-an-object-of-their-own",
        "Wraps errors in a member of their own.",
        ("ERR-02", "PATH-03", "HTTP-02"),
        failing(_nested),
        hides=("AUTH-07", "ERR-03", "ERR-06"),
    ),
    Fault(
        "error-body-empty",
        "Answers errors about parameters with no body at all.",
        ("ERR-02",),
        failing(lambda _call, a: a.but(body=b"") if a.status == 400 else a),  # noqa: PLR2004
    ),
    Fault(
        "error-message-without-its-shape",
        "Has the text alone for the message of errors.",
        ("ERR-03",),
        error(_message, _shortened),
        hides=("AUTH-07", "ERR-06"),
    ),
    Fault(
        "error-code-in-capitals",
        "Writes codes as PERMISSION_DENIED in the place of PermissionDenied.",
        ("ERR-03",),
        error(_message, _snake),
        hides=("AUTH-07", "ERR-06"),
    ),
    Fault(
        "error-code-unknown-to-grpc",
        "Has a code of its own where a parameter is wrong.",
        ("ERR-03",),
        error(_message, lambda value: value.replace("code = ", "code = My", 1), with_status(400)),
    ),
    Fault(
        "stack-trace-of-python-in-detail",
        "Has a stack trace in the detail of errors about parameters.",
        ("ERR-04",),
        error(_detail, lambda _value: _PYTHON, with_status(400)),
    ),
    Fault(
        "exception-of-java-in-detail",
        "Has an exception with its class and line in the detail where a token is refused.",
        ("ERR-04",),
        error(_detail, lambda _value: _JAVA, with_status(401, 403)),
    ),
    Fault(
        "panic-of-go-in-detail",
        "Has a panic in the detail where there is no such course.",
        ("ERR-04",),
        error(_detail, lambda _value: _GO, with_status(404)),
    ),
    Fault(
        "query-in-message",
        "Has the query that its database refused in the message of errors about parameters.",
        ("ERR-04",),
        error(_message, lambda value: f"{value}: {_SQL}", with_status(400)),
    ),
    Fault(
        "errors-are-200",
        "Answers every failure 200, with the error body.",
        ("ERR-05", "HTTP-01"),
        failing(lambda _call, a: a.but(200)),
        hides=("ERR-06", "HTTP-02"),
    ),
    Fault(
        "not-found-is-200-with-an-error",
        "Answers an unknown course 200, with the error body.",
        ("ERR-05",),
        failing(lambda _call, a: a.but(200) if a.status == 404 else a),  # noqa: PLR2004
    ),
    Fault(
        "wrong-parameters-are-302",
        "Redirects to its documentation where a parameter is wrong.",
        ("ERR-05",),
        failing(
            lambda call, a: a.but(302, location="/docs") if _is_wrong_parameter(call, a) else a
        ),
    ),
    Fault(
        "all-errors-are-400",
        "Answers every failure 400, whatever its code.",
        ("ERR-06", "AUTH-02", "HTTP-02"),
        failing(lambda _call, a: a.but(400)),
    ),
    Fault(
        "not-found-called-internal",
        "Answers an unknown course 404, with the code of an internal error.",
        ("ERR-06",),
        failing(lambda call, a: called(500)(call, a) if a.status == 404 else a),  # noqa: PLR2004
    ),
    Fault(
        "wrong-parameters-are-403",
        "Answers a wrong parameter 403, with the code of a bad argument.",
        ("ERR-06",),
        failing(lambda call, a: a.but(403) if _is_wrong_parameter(call, a) else a),
    ),
    Fault(
        "wrong-parameters-are-500",
        "Fails with 500 at every parameter that is wrong.",
        ("ERR-07", *_SIZES_AND_PAGES),
        failing(
            lambda call, a: called(500)(call, a).but(500) if _is_wrong_parameter(call, a) else a
        ),
    ),
    Fault(
        "unknown-token-is-503",
        "Fails with 503 where the service that knows tokens has no answer for one.",
        ("ERR-07", "AUTH-03", "AUTH-05", "AUTH-06"),
        instead(refusing(503, "upstream"), _is_unknown),
    ),
)

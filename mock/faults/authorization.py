"""Faults of the token: accepted where it is wrong, refused where it is right, or told to all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import conditions
from .behaviours import asking, failing, instead, put
from .fault import EVERYTHING, Fault
from .refusals import NOBODY, called, refusing

if TYPE_CHECKING:
    from collections.abc import Callable

    from .call import Answer, Call
    from .fault import Behaviour
    from .stub import Stub

_LOGIN = b"<html><body><h1>Sign in</h1></body></html>"
_FAR = 10**6
_BAD = 400


def _accepting(
    test: Callable[[str | None, str], bool], when: Callable[[Call], bool] = conditions.always
) -> Behaviour:
    """Let calls in whose token passes a test that is too weak; the stub gets the valid one."""

    def change(call: Call, stub: Stub) -> Call:
        return call.with_token(stub.token) if test(call.token, stub.token) else call

    return asking(change, when)


def _refused(when: Callable[[Call], bool]) -> Behaviour:
    """Refuse a valid token, as the stub refuses a wrong one."""
    return asking(lambda call, _stub: call.with_token(NOBODY), when)


def _is_wrong(sent: str | None, token: str) -> bool:
    return bool(sent) and sent != token


def _is_not_valid(sent: str | None, token: str) -> bool:
    return sent != token


def _without_token(call: Call, _stub: Stub) -> bool:
    return call.token is None


def _with_wrong_token(call: Call, stub: Stub) -> bool:
    return _is_wrong(call.token, stub.token)


async def _login(call: Call, stub: Stub) -> Answer:
    answer = await stub.ask(call)
    return answer.but(302, _LOGIN, content_type="text/html", location="/login")


async def _nobody(call: Call, stub: Stub) -> Answer:
    """Answer like a list without rows."""
    if not call.is_listing:
        return await stub.ask(call)
    answer = await stub.ask(call.with_token(stub.token).of_page(_FAR, call.size or 1))
    value, paging = answer.json, call.paging
    put(value, paging.total_items, 0)
    put(value, paging.total_pages, 0)
    put(value, paging.current_page, call.page)
    return answer.saying(value)


def _remembered() -> Behaviour:
    """Let a call in because of the one before it."""

    def change(call: Call, stub: Stub) -> Call:
        if call.token == stub.token:
            stub.remember("let in", call.count)
        elif call.token is None and stub.memory.get("let in") == call.count - 1:
            return call.with_token(stub.token)
        return call

    return asking(change)


def _echoed(call: Call, answer: Answer) -> Answer:
    return answer.but(body=answer.body.replace(b" desc = ", f" desc = {call.token}: ".encode()))


def _denials(call: Call, answer: Answer) -> Answer:
    return called(400)(call, answer) if answer.status in {401, 403} else answer


def _bearer() -> Behaviour:
    """Accept the token behind a word, and refuse it as it is."""

    def change(call: Call, stub: Stub) -> Call:
        accepted = call.token == f"Bearer {stub.token}"
        return call.with_token(stub.token if accepted else NOBODY)

    return asking(change)


FAULTS = (
    Fault(
        "token-wanted-behind-bearer",
        "Accepts a valid token with Bearer before it, and refuses it as it is.",
        ("AUTH-01",),
        _bearer(),
        hides=EVERYTHING,
    ),
    Fault(
        "valid-token-refused-from-page-3",
        "Refuses a valid token from page 3 on.",
        ("AUTH-01",),
        _refused(conditions.from_page(3)),
    ),
    Fault(
        "valid-token-refused-now-and-then",
        "Refuses a valid token one time in 20, as where one of several machines has an old key.",
        ("AUTH-01", "HTTP-03"),
        _refused(conditions.every(20)),
    ),
    Fault(
        "missing-token-accepted",
        "Answers requests without a token like any other.",
        ("AUTH-02", "AUTH-06"),
        _accepting(lambda sent, _token: sent is None),
    ),
    Fault(
        "missing-token-refused-with-400",
        "Refuses a missing token as a bad argument, with 400.",
        ("AUTH-02", "AUTH-07"),
        instead(refusing(400, "header is missing"), _without_token),
    ),
    Fault(
        "missing-token-redirected-to-login",
        "Redirects requests without a token to a page where people sign in.",
        ("AUTH-02", "AUTH-06", "ERR-05"),
        instead(_login, _without_token),
    ),
    Fault(
        "token-remembered-from-the-request-before",
        "Lets a request without a token in if the one before it had a valid one.",
        ("AUTH-02",),
        _remembered(),
    ),
    Fault(
        "any-token-accepted",
        "Accepts every token, as long as there is one.",
        ("AUTH-03", "AUTH-05", "AUTH-06"),
        _accepting(_is_wrong),
    ),
    Fault(
        "unknown-token-shown-an-empty-list",
        "Answers 200 without rows to a token it does not know.",
        ("AUTH-03", "AUTH-05", "AUTH-06"),
        instead(_nobody, _with_wrong_token),
    ),
    Fault(
        "empty-token-accepted",
        "Takes a header without a value for a valid token.",
        ("AUTH-04",),
        _accepting(lambda sent, _token: not sent and sent is not None),
    ),
    Fault(
        "token-compared-by-its-beginning",
        "Accepts a beginning of the valid token.",
        ("AUTH-05",),
        _accepting(lambda sent, token: bool(sent) and token.startswith(str(sent))),
    ),
    Fault(
        "token-with-a-suffix-accepted",
        "Accepts the valid token with anything behind it.",
        ("AUTH-05",),
        _accepting(lambda sent, token: bool(sent) and str(sent).startswith(token)),
    ),
    Fault(
        "token-compared-without-case",
        "Does not tell upper from lower case in a token.",
        ("AUTH-05",),
        _accepting(lambda sent, token: bool(sent) and str(sent).lower() == token.lower()),
    ),
    Fault(
        "token-checked-on-first-page-only",
        "Looks at the token on page 1 and on none of the others.",
        ("AUTH-06",),
        _accepting(_is_not_valid, conditions.from_page(2)),
    ),
    Fault(
        "unknown-token-accepted-on-later-pages",
        "Refuses a missing token everywhere, and an unknown one on page 1 alone.",
        ("AUTH-06",),
        _accepting(_is_wrong, conditions.from_page(2)),
    ),
    Fault(
        "token-unchecked-at-large-sizes",
        "Looks at no token where a page is larger than half the maximum.",
        ("AUTH-06",),
        _accepting(_is_not_valid, conditions.large),
    ),
    Fault(
        "refused-token-called-invalid-argument",
        "Refuses a token with the right status, and with the code of a bad argument.",
        ("AUTH-07", "ERR-06"),
        failing(_denials),
    ),
    Fault(
        "wrong-token-answered-404",
        "Answers a wrong token as if there were no such list.",
        ("AUTH-07",),
        instead(refusing(404, "not found"), _with_wrong_token),
    ),
    Fault(
        "token-repeated-in-errors",
        "Repeats the token it was sent in the texts of its errors.",
        ("AUTH-08",),
        failing(_echoed),
    ),
    Fault(
        "token-repeated-in-a-header-of-errors",
        "Repeats the token it was sent in a header of its errors.",
        ("AUTH-08",),
        failing(lambda call, answer: answer.with_header("x-auth-failure", f"token={call.token}")),
    ),
    Fault(
        "token-repeated-where-a-parameter-is-wrong",
        "Repeats what it was sent, the token included, in errors about parameters.",
        ("AUTH-08",),
        failing(lambda call, answer: _echoed(call, answer) if answer.status == _BAD else answer),
    ),
)

"""Refusals: errors in the contract's form that the stub itself would not give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .behaviours import put

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ...spec.contract import Contract
    from .call import Answer, Call
    from .stub import Stub

NOBODY = "rk-nobody"
"""A token that is not valid."""


def code_for(contract: Contract, status: int) -> str:
    """Give the code that the contract has for a status, the most usual one."""
    statuses = contract.error.statuses if contract.error else {}
    codes = [code for code, agreeing in statuses.items() if status in agreeing]
    first = [code for code in codes if statuses[code][0] == status]
    return next(iter([*first, *codes]), "Unknown")


def refusing(status: int, text: str) -> Callable[[Call, Stub], Awaitable[Answer]]:
    """Make what refuses a call with a status, and with the code that belongs to it."""

    async def refuse(call: Call, stub: Stub) -> Answer:
        answer = await stub.ask(call.with_token(NOBODY))
        return worded(call, answer.but(status), status, text)

    return refuse


def worded(call: Call, answer: Answer, status: int, text: str) -> Answer:
    """Give an error that says it is one of a status, and a text."""
    form, value = call.contract.error, answer.json
    if form is None or not isinstance(value, dict):
        return answer
    message = form.write(code_for(call.contract, status), text)
    for place in (form.message, form.detail):
        if place is not None:
            put(value, place, message)
    return answer.saying(value)


def called(status: int) -> Callable[[Call, Answer], Answer]:
    """Make what gives errors the code of another status than theirs."""
    return lambda call, answer: worded(call, answer, status, "something is not right")

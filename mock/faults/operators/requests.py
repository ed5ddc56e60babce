"""Rewriting requests: what reaches the stub in place of what was sent."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..context import MOST_DIGITS, UNKNOWN_TOKEN, VARIABLES
from ..mistakes import Expression

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from ..call import Call
    from ..context import Context

_LEADING = re.compile(r"\s*[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_LONGEST_DECIMAL = 6
_BASE = re.compile(r"\s*([0-9]+|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+)\s*", re.ASCII)
_HALF, _WHOLE = 2**31, 2**32


def _leading_digits(text: str) -> int | None:
    found = _LEADING.match(text)
    return int(found[0]) if found and not _is_whole(text) else None


def _decimal(text: str) -> int | None:
    if _DECIMAL.fullmatch(text) is None or _is_whole(text) or len(text) > _LONGEST_DECIMAL:
        return None
    return int(float(text)) if math.isfinite(float(text)) else None


def _bits(text: str) -> int | None:
    """Keep the lower 32 bits of a large number, the highest of them for the sign."""
    if not text.isdecimal() or int(text) < _HALF:
        return None
    rest = int(text) % _WHOLE
    return rest if rest < _HALF else rest - _WHOLE


def _python(text: str) -> int | None:
    """Read a number as int() of Python does: with underscores, blanks and digits of any script."""
    try:
        return int(text)
    except ValueError:
        return None


def _script(text: str) -> int | None:
    """Read a number as Number() of JavaScript does: with blanks, and in other bases after 0."""
    found = _BASE.fullmatch(text)
    if found is None:
        return None
    return int(found[1]) if found[1].isdigit() else int(found[1], 0)


def _is_whole(text: str) -> bool:
    return text.lstrip("+-").isdigit()


READERS: dict[str, Callable[[str], int | None]] = {
    "leading digits": _leading_digits,
    "decimal": _decimal,
    "Python": _python,
    "JavaScript": _script,
    "32 bits": _bits,
}
"""Lax ways to read a parameter as an integer; None leaves it as it was sent."""


def _without_bearer(context: Context) -> str:
    valid = context.stub.token
    return valid if context.call.token == f"Bearer {valid}" else UNKNOWN_TOKEN


TOKENS: dict[str, Callable[[Context], str]] = {
    "valid": lambda context: context.stub.token,
    "unknown": lambda _: UNKNOWN_TOKEN,
    "behind Bearer": _without_bearer,
}
"""Which token reaches the stub, by name."""


def rewriting(entry: Mapping[str, Any]) -> Callable[[Context], Awaitable[None]]:
    """Return the step that rewrites the request; raise MistakeError for a wrong expression."""
    parameters = {
        name: value if value in READERS else Expression(value, VARIABLES)
        for name, value in entry.items()
        if name not in {"method", "path", "token", "store"}
    }

    async def step(context: Context) -> None:
        before = context.asked
        call = replace(before, method=entry.get("method", before.method))
        if "token" in entry:
            call = call.with_token(TOKENS[entry["token"]](context))
        if "store" in entry:
            call = replace(call, forgets=True)
        if "path" in entry:
            call = call.to(_names(call, entry["path"]))
        total = 0
        if parameters:
            total = context.total or await context.stub.total(call)
        for name, value in parameters.items():
            call = _with_parameter(context, call, name, value, total)
        if call != before:
            context.asked, context.response = call, None

    return step


def sharing(parts: Sequence[str]) -> Callable[[Context], Awaitable[None]]:
    """Return the step that takes parts of the request from the one that began last."""

    async def step(context: Context) -> None:
        latest, call = context.stub.memory.latest or context.call, context.asked
        if "path" in parts:
            call = call.to(latest.names)
        for name in ("page", "size"):
            parameter = context.parameter(name)
            texts = latest.texts(parameter) if parameter and name in parts else []
            if parameter and texts:
                call = call.where(parameter, texts[0])
        if "token" in parts:
            call = call.with_token(latest.token)
        if call != context.asked:
            context.asked, context.response = call, None

    return step


def _names(call: Call, template: str) -> tuple[str, ...]:
    return tuple(
        template.replace("{name}", name).replace("{example}", example)
        for name, example in zip(call.names, call.examples, strict=True)
    )


def _with_parameter(
    context: Context, call: Call, name: str, value: str | Expression, total: int
) -> Call:
    parameter = context.parameter(name)
    if parameter is None:
        return call
    if isinstance(value, Expression):
        return call.where(parameter, str(value(context.variables(total, parameter))))
    texts = call.texts(parameter)
    if len(texts) != 1 or len(texts[0]) > MOST_DIGITS:
        return call
    # What 32 bits cannot hold may be valid, since the contract need not bound a parameter.
    valid = parameter.read(texts).fault is None and value != "32 bits"
    read = None if valid else READERS[value](texts[0])
    return call if read is None else call.where(parameter, str(read))

"""Preferences: a request selects its response with the header Prefer (RFC 7240).

`code=403` selects a status, `example=NAME` an example of the contract, `delay=800` a delay in
milliseconds, `fault=NAME` a violation of the contract. `id=NAME` names the requests of a test. With
`code=429; times=2; id=NAME` the first two of them get this status, with `code=401;
until=another-token; id=NAME` all with the token of the first. Something unknown gets a 400 response
that lists what is known. The preferences that RFC 7240 registers are ignored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ...spec.describing import actual, joined, nearest
from ..sequences import ANOTHER_TOKEN, MOST_TIMES, Limit
from .error_response import ErrorResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from ..response import StubResponse

HEADER = b"prefer"
APPLIED = b"preference-applied"
SCOPE = "ruangkerja.preferences"
"""Where the preferences of a request are in its scope, once they are read."""
_BAD = 400
_LONGEST = 4096
_LONGEST_DELAY = 60_000
_FEW = 6
_OUTCOMES = ("code", "example", "delay", "fault")
_OURS = (*_OUTCOMES, "id")
_PARAMETERS = ("times", "until", "id")
_REGISTERED = frozenset(
    {"respond-async", "return", "wait", "handling", "depth-noroot", "safe", "transclude"}
    | {"odata.continue-on-error", "odata.include-annotations", "odata.maxpagesize"}
)
_ITEM = re.compile(
    r"""(?P<before>[\s,;]*)
        (?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+)
        (?:\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s,;"]*)))?
        \s*(?=[,;]|$)""",
    re.VERBOSE,
)
_ID = re.compile(r"[!-~](?:[ -~]{0,98}[!-~])?")


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Preferences:
    """What a request prefers.

    `id` names the test that it belongs to. `limits` say by the name of a preference until when it
    holds. `formatted` are the values of Preference-Applied by the same names, in the order of the
    header.
    """

    code: int | None = None
    example: str | None = None
    delay: float = 0.0
    fault: str | None = None
    id: str | None = None
    limits: Mapping[str, Limit] = field(default_factory=dict)
    formatted: Mapping[str, str] = field(default_factory=dict)

    def without(self, *names: str) -> Preferences:
        """Return the preferences without some of them."""
        default = Preferences()
        return replace(
            self,
            **{name: getattr(default, name) for name in names},
            limits={name: limit for name, limit in self.limits.items() if name not in names},
            formatted={name: text for name, text in self.formatted.items() if name not in names},
        )

    def held(self, left: Callable[[str, Limit], object]) -> Preferences:
        """Return the preferences whose limits are not over, without the limits.

        `left` counts this request, and returns what is left of a limit, or None.
        """
        if not self.limits:
            return self
        rest = {name: left(self.formatted[name], limit) for name, limit in self.limits.items()}
        held = self.without(*(name for name, text in rest.items() if text is None))
        formatted = {
            name: f"{text}; {rest[name]}" if name in rest else text
            for name, text in held.formatted.items()
        }
        return replace(held, limits={}, formatted=formatted)


def read(header: str) -> Preferences:
    """Read a Prefer header; raise ErrorResponse if it asks for something that does not exist."""
    found: dict[str, str] = {}
    limits: dict[str, Limit] = {}
    id_: str | None = None
    for name, value, parameters in _parts(header):
        if name in _REGISTERED:
            continue
        if name in _PARAMETERS and name not in _OURS:
            expected = "expected it behind a semicolon, as in code=429; times=2; id=NAME"
            raise wrong(f"has {name} as a preference of its own", expected)
        if name not in _OURS:
            raise unknown(actual(name), name, _OURS)
        if found.setdefault(name, value) != value:
            raise wrong(f"has {name}={found[name]} and {name}={value}", "expected one of them")
        for each in [*([value] if name == "id" else []), *parameters.pop("id", ())]:
            id_ = _id(each, id_)
        if parameters:
            limits[name] = _limit(name, parameters)
    if limits and id_ is None:
        name, limit = next(iter(limits.items()))
        expected = "add ; id=NAME, which names the requests to count"
        raise wrong(f"has {name} with {limit}", expected)
    return Preferences(
        _code(found.get("code")),
        found.get("example"),
        _delay(found.get("delay")),
        found.get("fault"),
        id_,
        limits,
        {name: f"{name}={_quoted(value)}" for name, value in found.items() if name in _OUTCOMES},
    )


def _parts(header: str) -> list[tuple[str, str, dict[str, list[str]]]]:
    """Return the preferences with their values and parameters, in their order."""
    if len(header) > _LONGEST:
        raise wrong(f"is {actual(header)}", f"expected at most {_LONGEST} characters")
    found: list[tuple[str, str, dict[str, list[str]]]] = []
    header, at = header.rstrip(" \t,;"), 0
    while at < len(header):
        item = _ITEM.match(header, at)
        if item is None or (not found and ";" in item["before"]):
            expected = "expected NAME=VALUE, separated by commas, parameters behind a semicolon"
            raise wrong(f"is {actual(header)}", expected)
        quoted = item["quoted"]
        value = (item["plain"] or "") if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        name, at = item["name"].lower(), item.end()
        if not found or "," in item["before"]:
            found.append((name, value, {}))
        else:
            found[-1][2].setdefault(name, []).append(value)
    return found


def _limit(name: str, parameters: Mapping[str, list[str]]) -> Limit:
    shown = [f"{key}={value}" for key, values in parameters.items() for value in values]
    for key in parameters:
        if key not in _PARAMETERS:
            raise unknown(f"{name} with {actual(key)}", key, _PARAMETERS)
    if name == "id":
        raise wrong(f"has id with {shown[0]}", f"expected it behind {joined([*_OUTCOMES])}")
    if len(shown) > 1:
        raise wrong(f"has {name} with {joined(shown, 'and')}", "expected one of them")
    [(key, [value])] = parameters.items()
    if key == "until":
        if value != ANOTHER_TOKEN:
            raise wrong(f"has until={actual(value)}", f"expected until={ANOTHER_TOKEN}")
        return Limit()
    if not re.fullmatch(r"[0-9]{1,4}", value, re.ASCII) or not 1 <= int(value) <= MOST_TIMES:
        expected = f"expected a number of requests from 1 to {MOST_TIMES}"
        raise wrong(f"has times={actual(value)}", expected)
    return Limit(int(value))


def is_id(text: object) -> bool:
    """Whether a request can have a text as its id."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def _id(text: str, before: str | None) -> str:
    if not is_id(text):
        raise wrong(f"has id={actual(text)}", "expected 1 to 100 characters of ASCII")
    if before not in {None, text}:
        raise wrong(f"has id={actual(before)} and id={actual(text)}", "expected one of them")
    return text


def _code(text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"[2-5][0-9]{2}", text, re.ASCII):
        raise wrong(f"has code={actual(text)}", "expected a status from 200 to 599")
    return int(text)


def _delay(text: str | None) -> float:
    if text is None:
        return 0.0
    if not re.fullmatch(r"[0-9]{1,6}", text, re.ASCII) or int(text) > _LONGEST_DELAY:
        expected = f"expected milliseconds from 0 to {_LONGEST_DELAY}"
        raise wrong(f"has delay={actual(text)}", expected)
    return int(text) / 1000


def _quoted(value: str) -> str:
    if re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", value):
        return value
    return '"{}"'.format(re.sub(r'([\\"])', r"\\\1", value))


def wrong(what: str, expected: str, title: str = "Preference is not valid") -> ErrorResponse:
    """Return the error response to a preference; `what` goes on after 'header Prefer'."""
    return ErrorResponse(_BAD, title, f"header Prefer {what}; {expected}")


def unknown(what: str, name: str, known: Collection[str]) -> ErrorResponse:
    """Return the error response to an unknown name: it names the three most similar ones.

    If there are few, it names them all.
    """
    expected = f"expected {joined([*known])}"
    if len(known) > _FEW:
        near = joined(nearest(name, known), "and")
        expected = f"the most similar of {len(known)} are {near}"
    return wrong(f"has {what}", expected, "Preference does not exist")


def confirmed(reply: StubResponse, wanted: Preferences, *names: str) -> StubResponse:
    """Delay a response as preferred, and name what changed it: the delay, and `names`."""
    names = (*names, "delay") if wanted.delay else names
    applied = ", ".join(text for name, text in wanted.formatted.items() if name in names)
    if not applied:
        return reply
    headers = (*reply.headers, (APPLIED, applied.encode("latin-1", "replace")))
    return replace(reply, headers=headers, delay=reply.delay + wanted.delay)


def of_fault(wanted: Preferences, headers: Mapping[bytes, bytes], touched: int) -> str:
    """Return the value of Preference-Applied for a fault, which touched so many rows.

    `headers` are those of the response that it was applied to.
    """
    texts = [headers.get(APPLIED, b"").decode("latin-1")]
    texts += [wanted.formatted["delay"]] if wanted.delay else []
    texts.append(f"{wanted.formatted['fault']}; touched={touched}")
    return ", ".join(filter(None, texts))

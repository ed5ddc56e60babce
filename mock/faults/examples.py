"""Example requests: for each fault a request in which it shows, for every contract.

What it needs follows from the conditions of the fault, or is in its member `try`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlencode

from ...spec.parameters.received import decoded
from ...spec.visible import cut
from .context import USUAL_MAXIMUM

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...spec.model.operation import Operation
    from ...spec.parameters import Parameter
    from ..requests.draft import Draft
    from .operators.conditions import Condition

Parts = Mapping[str, Any]
"""What an example says: `path`, `page`, `size`, `token`, `method`, `headers`, `times`, and the
parts of a request before it (`first`) or at the same time (`meanwhile`)."""
SIZE = 10
_SHORT = 40
_VALID = "valid"

_ERRORS: Mapping[int, Parts] = {
    400: {"page": 0},
    401: {"token": "none"},
    403: {"token": "wrong"},
    404: {"path": "unknown"},
    405: {"method": "DELETE"},
}
_LIKE: Mapping[str, str] = {
    "with a suffix": "{example}-2",
    "with a prefix": "X-{example}",
    "without its end": "{beginning}",
    "with % or _": "{beginning}%25",
    "with *": "{beginning}*",
    "before NUL": "{example}%00x",
    "before a blank": "{example}%20",
}
EXAMPLES: Mapping[str, Callable[..., Parts]] = {
    "from page {n}": lambda n: {"page": n, "size": SIZE},
    "page {n}": lambda n: {"page": n, "size": SIZE},
    "rows from {n}": lambda n: {"page": n // SIZE + 1, "size": SIZE},
    "a parameter twice": lambda: {"page": [1, 1]},
    "large pages": lambda: {"size": "maximum"},
    "odd page sizes": lambda: {"size": 7},
    "another list": lambda: {"path": "another"},
    "request {n}": lambda n: {"times": n},
    "one request in {every}": lambda n: {"times": n},
    "two requests in {every}": lambda n: {"times": n},
    "after {n} requests": lambda n: {"times": n + 1},
    "another method": lambda: {"method": "DELETE"},
    "method {text}": lambda methods: {"method": methods.split(" or ")[-1]},
    "header {n} sent": lambda n: {"header": n},
    "gzip accepted": lambda: {"headers": {"Accept-Encoding": "gzip"}},
    "no valid token": lambda: {"token": "wrong"},
    "no token": lambda: {"token": "none"},
    "empty token": lambda: {"token": "empty"},
    "wrong token": lambda: {"token": "wrong"},
    "the beginning of the token": lambda: {"token": "beginning"},
    "the token with a suffix": lambda: {"token": "suffix"},
    "the token in another case": lambda: {"token": "other case"},
    "after a valid token": lambda: {"first": {"token": "valid"}},
    "connection with a valid token": lambda: {"first": {"token": "valid"}},
    "unknown path": lambda: {"path": "unknown"},
    "the example {like}": lambda like: {"path": _LIKE[like]},
    "path is not UTF-8": lambda: {"path": "%FF"},
    "{p} is missing": lambda name: {name: "missing"},
    "{p} is empty": lambda name: {name: ""},
    '{p} is "{text}"': lambda name, text: {name: text},
    "{p} is no number": lambda name: {name: "abc"},
    "{p} has no digits": lambda name: {name: "abc"},
    "{p} is above the maximum as text": lambda name: {name: 20},
    "{p} is the maximum": lambda name: {name: "maximum"},
    "{p} is the minimum": lambda name: {name: "minimum"},
    "{p} is above the maximum": lambda name: {name: "above"},
    "{p} is one above the maximum": lambda name: {name: "above"},
    "{p} is below the minimum": lambda name: {name: "below"},
    "{p} is negative": lambda name: {name: -1},
    "{p} is at least {n}": lambda name, least: {name: least},
    "error": lambda: _ERRORS[400],
    "status {statuses}": lambda statuses: _ERRORS[max(statuses)],
    "last page": lambda: {"page": "last", "size": SIZE},
    "no rows": lambda: {"page": "past", "size": SIZE},
    "past the end": lambda: {"page": "past", "size": SIZE},
    "{n} pages past the end": lambda n: {"page": "past", "size": SIZE, "distance": n},
    "last page requested": lambda: {"page": "last", "size": SIZE},
    "page past the end requested": lambda: {"page": "past", "size": SIZE},
    "another request began meanwhile": lambda: {"meanwhile": {"path": "another"}},
    "an empty list": lambda: {"path": "empty"},
    "a short list": lambda: {"path": "short"},
    "row {n} of every {every}": lambda n, every: {"row": n % every},
}
"""What a request needs so that a condition holds, by its phrase; others hold for any request."""


@dataclass(frozen=True, slots=True)
class ExampleRequest:
    """A request to an operation in which a fault shows.

    `path` has the encoded values of its path parameters by name, `query` the values of its query
    parameters, each a list. `token` is a word of TOKENS. It is sent `times` times, after `first`
    on the same connection, or at the same time as `meanwhile`.
    """

    operation: Operation
    method: str
    path: Mapping[str, str]
    query: Mapping[str, list[str]]
    token: str = _VALID
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 1
    first: ExampleRequest | None = None
    meanwhile: ExampleRequest | None = None

    @property
    def target(self) -> str:
        """The path and the query, below the contract's base path."""
        return f"{self.operation.filled(self.path)}{self._query}"

    @property
    def _query(self) -> str:
        query = urlencode(self.query, doseq=True, quote_via=quote)
        return f"?{query}" if query else ""

    @property
    def short(self) -> str:
        """The values in the path, and the query."""
        return f"{cut(' '.join(self.path.values()), _SHORT)}{self._query}"

    @property
    def notes(self) -> list[str]:
        """What is special about it beside its target, such as `without a token`, `20 times`."""
        found = [self.method] if self.method != self.operation.method else []
        found += [_TOKENS_IN_WORDS[self.token]] if self.token != _VALID else []
        found += [f"with {name}: {value}" for name, value in self.headers.items()]
        found += [f"{self.times} times"] if self.times > 1 else []
        for when, other in (("after", self.first), ("at the same time as", self.meanwhile)):
            if other is not None:
                found.append(f"{when} {' '.join([other.short, *other.notes])}")
        return found

    def fragment(self, fault: str) -> str | None:
        """Return the part of the console's address that fills its form with this request.

        None if no form can hold its path or its query. The notes are not part of it.
        """
        names = {name: unquote(value) for name, value in self.path.items()}
        if {name: quote(value, "") for name, value in names.items()} != self.path:
            return None
        if any(len(values) > 1 for values in self.query.values()):
            return None
        query = {name: values[0] for name, values in self.query.items()}
        said = {"operation": self.operation.id, **names, **query, "prefer": f"fault={fault}"}
        return urlencode(said, quote_via=quote)


TOKENS: Mapping[str, Callable[[str], str | None]] = {
    "valid": lambda token: token,
    "none": lambda _: None,
    "empty": lambda _: "",
    "wrong": lambda _: "not-a-valid-token",
    "beginning": lambda token: token[:-1],
    "suffix": lambda token: f"{token}x",
    "other case": str.swapcase,
    "behind Bearer": lambda token: f"Bearer {token}",
}
"""The token of an example by its word, from a valid one; None for a request without one."""
_TOKENS_IN_WORDS = {
    "none": "without a token",
    "empty": "with an empty token",
    "wrong": "with an unknown token",
    "beginning": "with the token without its last character",
    "suffix": "with the token and an x behind it",
    "other case": "with the token in the other case",
    "behind Bearer": "with the token behind Bearer",
}


class Lists:
    """The lists of an operation that examples request.

    `draft` is a valid request to the operation, `known` are values of its path parameters, and
    `total` returns how many rows their list has, None if it is not served like others.
    """

    def __init__(
        self,
        draft: Draft,
        known: Iterable[tuple[str, ...]] = (),
        total: Callable[[tuple[str, ...]], int | None] = lambda _: None,
    ) -> None:
        self.operation = draft.operation
        self._draft = draft
        self._total = total
        self._totals = {names: number for names in known if (number := total(names)) is not None}

    def request(self, parts: Parts) -> ExampleRequest:
        """Return the request that has some parts; the others are those of the first page."""
        row = parts.get("row", -1)
        names = self._names(str(parts.get("path", "example")), row)
        paging = self.operation.pagination
        query: dict[str, list[str]] = {}
        for name, value in (pair for pairs in self._draft.query.values() for pair in pairs):
            query.setdefault(decoded(name), []).append(decoded(value))
        if paging is not None:
            size = parts.get("size", "maximum" if row >= 0 else SIZE)
            sizes = _values(paging.size, size)
            rows = int(sizes[0]) if sizes and sizes[0].isdecimal() else SIZE
            last = max(1, -(-(self._total(names) or 0) // max(rows, 1)))
            pages = {"last": last, "past": last + 1 + parts.get("distance", 0)}
            page = parts.get("page", row // max(rows, 1) + 1 if row >= 0 else 1)
            query |= {paging.page.name: _values(paging.page, pages.get(str(page), page))}
            query |= {paging.size.name: sizes}
        for parameter in self.operation.located("query"):
            for id_ in parameter.requirements.values():
                if id_ in parts:
                    query[parameter.name] = _values(parameter, parts[id_])
        return ExampleRequest(
            self.operation,
            parts.get("method", self.operation.method),
            dict(zip((p.name for p in self.operation.located("path")), names, strict=True)),
            {name: values for name, values in query.items() if values},
            parts.get("token", _VALID),
            self._headers(parts),
            parts.get("times", 1),
            self.request(parts["first"]) if "first" in parts else None,
            self.request(parts["meanwhile"]) if "meanwhile" in parts else None,
        )

    def _names(self, path: str, row: int) -> tuple[str, ...]:
        """Return the encoded values in the path: by a word, or from a template."""
        located = [*self.operation.located("path")]
        example = tuple(self._draft.segments[p.name] for p in located)
        if path == "example":
            return example if row < (self._total(example) or 0) else self._with(row + 1, example)
        if path in {"empty", "short"}:
            fits = range(path == "short", 1 if path == "empty" else SIZE)
            return next((names for names, n in self._totals.items() if n in fits), example)
        if path == "unknown":
            return tuple(
                p.unknown or f"{text}-NONE" for p, text in zip(located, example, strict=True)
            )
        template = "{beginning}-OTHER" if path == "another" else path
        return tuple(
            template.replace("{example}", text).replace("{beginning}", text[:-1])
            for text in example
        )

    def _with(self, rows: int, default: tuple[str, ...]) -> tuple[str, ...]:
        """Return the path of the shortest known list that has so many rows."""
        found = [(number, names) for names, number in self._totals.items() if number >= rows]
        return min(found)[1] if found else default

    def _headers(self, parts: Parts) -> Mapping[str, str]:
        headers = {**self._draft.all_headers, **parts.get("headers", {})}
        required = self.operation.required_headers
        if 0 < parts.get("header", 0) <= len(required):
            each = required[parts["header"] - 1]
            headers[each.name] = each.value
        return headers


def _values(parameter: Parameter, value: Any) -> list[str]:
    """Return the values of a query parameter: by a word, as text, or as a list of them."""
    if isinstance(value, list):
        return [str(each) for each in value]
    maximum = USUAL_MAXIMUM if parameter.maximum is None else parameter.maximum
    minimum = 1 if parameter.minimum is None else parameter.minimum
    words = {"maximum": maximum, "above": maximum + 1, "minimum": minimum, "below": minimum - 1}
    return [] if value == "missing" else [str(words.get(value, value))]


def merged(conditions: Iterable[Condition], own: Parts) -> Parts:
    """Return the parts of an example from the conditions of a fault, and its own ones."""
    parts: dict[str, Any] = {}
    for condition in conditions:
        parts |= condition.example
    return {**parts, **own}

"""The contract as objects: operations, their parameters, responses, pagination and security."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

from .documents.source import get
from .path_templates import parts
from .schemes import fit_together

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Mapping

    from .documents.source import Pointer
    from .parameters import Parameter
    from .parameters.received import Received
    from .parameters.shape import Shape
    from .resource import Resource
    from .schemas.validation import Schema
    from .schemes import SecurityScheme
    from .selecting import Selector, Sorting

# What else a path may have as it is (RFC 3986, section 3.3); % begins what is escaped already.
_IN_PATHS = "/%:@!$&'()*+,;="


def escaped(text: str) -> str:
    """Return a part of a path as requests have it, with other characters percent-encoded."""
    return quote(text, safe=_IN_PATHS)


# What a path can have an operation for, in the contract's spelling.
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_READING = {"GET", "HEAD", "OPTIONS", "TRACE"}


class Oversize(StrEnum):
    """What a server does with a page size above the maximum (decision D7)."""

    REJECT = "reject"
    CLAMP = "clamp"


class PastEnd(StrEnum):
    """What a server does with a page past the last one (decision D8); the stub's is empty."""

    ANY = "any"
    EMPTY = "empty"
    REFUSE = "refuse"


class UnknownList(StrEnum):
    """What a server does with a list that does not exist (decision D9); the stub refuses it."""

    ANY = "any"
    REFUSE = "refuse"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class RequiredHeader:
    """A request header that OpenAPI cannot describe as a parameter (decisions D1 and D2)."""

    name: str
    value: str
    requirements: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Nouns:
    """What the rows of a list and the list itself are called, for people."""

    row: str = "row"
    rows: str = "rows"
    list: str = "list"

    def count(self, number: int) -> str:
        """Return a number of rows in words: 'no users', '1 user', '7 users'."""
        return f"{number or 'no'} {self.row if number == 1 else self.rows}"


_PLAIN_KEYS = {str, int, float}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Where a response has the items of a list, their key and their total.

    Members are places in the body of a success; `key` is a place in an item.
    """

    items: Pointer
    key: Pointer
    total_items: Pointer | None
    nouns: Nouns
    requirements: Mapping[str, str]

    def items_of(self, body: Any) -> list[Any] | None:
        """Return the items of a body, or None if there is no array."""
        items = lookup(body, self.items)
        return items if isinstance(items, list) else None

    def total_of(self, body: Any) -> int | None:
        """Return the total of a body, or None if there is no integer."""
        total: Any = None if self.total_items is None else lookup(body, self.total_items)
        whole = (
            isinstance(total, int | float) and not isinstance(total, bool) and total == total // 1
        )
        return int(total) if whole else None

    def keys_of(self, items: list[Any]) -> list[Any]:
        """Return the key of each item, as `key_of` does."""
        try:
            found = items
            for part in self.key:
                found = [item[part] for item in found]
        except (LookupError, TypeError):
            found = [None]
        kinds = set(map(type, found))
        return found if kinds <= _PLAIN_KEYS else [self.key_of(item) for item in items]

    def key_of(self, item: Any) -> Any:
        """Return the key of an item, or None if it is not a string or a number."""
        key = lookup(item, self.key)
        return key if isinstance(key, str | int | float) and not isinstance(key, bool) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pagination(Listing):
    """A list in numbered pages: the parameters for the page and its size, and where they stand."""

    page: Parameter
    size: Parameter
    current_page: Pointer | None
    total_items: Pointer
    total_pages: Pointer | None
    oversize: Oversize
    past_end: PastEnd
    unknown_list: UnknownList

    @property
    def first(self) -> int:
        """The number of the first page."""
        return self.page.minimum or 1

    @property
    def least(self) -> int:
        """The smallest page size."""
        return self.size.minimum or 1

    @property
    def usual(self) -> int:
        """The page size of the contract's example, or else of its default."""
        return int(self.size.example or self.size.schema.get("default") or self.least)

    @property
    def most(self) -> int:
        """The largest page size, or the usual one if there is no maximum."""
        return self.size.maximum or self.usual

    def last(self, total: int, size: int) -> int:
        """Return the number of the last page of a list, which is the first if there are no rows."""
        return self.first + max(1, -(-total // size)) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CursorPagination(Listing):
    """A list whose pages lead to each other by a cursor; without one, it is one page.

    `next` is the place of the next page's cursor, or of a URL with it. Without it, the key of the
    last item is the cursor. `more` is the place of a boolean: whether there is a next page.
    """

    cursor: Parameter | None
    size: Parameter | None
    next: Pointer | None
    more: Pointer | None

    def next_of(self, body: Any) -> str | None:
        """Return the cursor of the next page, None if the body says that there is none."""
        if self.cursor is None or (self.more is not None and lookup(body, self.more) is not True):
            return None
        if self.next is None:
            keys = self.keys_of(self.items_of(body) or [])
            return str(keys[-1]) if keys and keys[-1] is not None else None
        found = lookup(body, self.next)
        if isinstance(found, bool) or not isinstance(found, str | int) or found == "":
            return None
        text = str(found)
        in_query = parse_qs(urlsplit(text).query).get(self.cursor.name) if "?" in text else None
        return in_query[0] if in_query else text


def lookup(value: Any, place: Pointer) -> Any:
    """Return the element at a place of a value, or None if there is none."""
    try:
        return get(value, place)
    except LookupError:
        return None


@dataclass(frozen=True, slots=True)
class Media:
    """One media type of a body: its schema, its examples by name, and the types of its values.

    `encoding` is how the members of a form are written, as in the contract.
    """

    type: str
    schema: Schema | None
    examples: Mapping[str, Any]
    shape: Shape
    encoding: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class DeclaredResponse:
    """A response of the contract; `status` is a number, a range such as '4XX', or 'default'."""

    status: str
    description: str
    media: Mapping[str, Media]
    headers: Mapping[str, Parameter]
    place: Pointer

    def media_for(self, media_type: str | None) -> Media | None:
        """Return what is declared for a media type, or for a range that has it; None for neither.

        The media type is in lower case and without parameters.
        """
        return None if media_type is None else _media_for(media_type, self.media)

    @property
    def json(self) -> Media | None:
        """The JSON media type of the response, None if it has none."""
        for name, media in self.media.items():
            if is_json(name):
                return media
        return None

    @property
    def schema(self) -> Schema | None:
        """The schema of the JSON body, None if it has none."""
        return self.json.schema if self.json else None


def first_success(responses: Mapping[str, DeclaredResponse]) -> DeclaredResponse | None:
    """Return the first response with a 2xx status, None if there is none."""
    return next((each for status, each in sorted(responses.items()) if status[:1] == "2"), None)


def essence(media_type: str) -> str:
    """Return a media type without its parameters, in lower case."""
    return media_type.partition(";")[0].strip().lower()


def is_json(media_type: str) -> bool:
    """Whether a media type is JSON."""
    kind = essence(media_type)
    return kind == "application/json" or kind.endswith("+json")


def _media_for(kind: str, media: Mapping[str, Media]) -> Media | None:
    """Return what is declared for a media type, or for the narrowest range that has it."""
    if kind in media:
        return media[kind]
    kinds = {essence(name): each for name, each in media.items()}
    ranges = (kind, f"{kind.partition('/')[0]}/*", "*/*")
    return next((kinds[each] for each in ranges if each in kinds), None)


@dataclass(frozen=True, slots=True)
class RequestBody:
    """The request body of an operation."""

    required: bool
    media: Mapping[str, Media]

    def media_for(self, content_type: str) -> Media | None:
        """Return the media type that a header Content-Type names, None if it is not declared.

        A request without one has JSON if that is declared, and otherwise the first media type.
        """
        if not content_type:
            in_json = (media for kind, media in self.media.items() if is_json(kind))
            return next(in_json, next(iter(self.media.values()), None))
        return _media_for(essence(content_type), self.media)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: a method and a path.

    A list is in numbered pages, by its `pagination`, or has `cursors`; it may have `selectors`,
    which are parameters that select items, and `sorting`, if one sorts them.
    `unserved` is the reason why it cannot be served, with file and line; '' if it can be.
    """

    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    body: RequestBody | None
    responses: Mapping[str, DeclaredResponse]
    security: tuple[tuple[SecurityScheme, ...], ...]
    required_headers: tuple[RequiredHeader, ...]
    pagination: Pagination | None
    cursors: CursorPagination | None
    selectors: tuple[Selector, ...]
    sorting: Sorting | None
    resource: Resource | None
    requirements: Mapping[str, str]
    place: Pointer
    unserved: str
    _path: re.Pattern[str] = field(repr=False)
    _names: tuple[str, ...] = field(repr=False)

    def filled(self, values: Mapping[str, str]) -> str:
        """Return the path of a request; `values` are the path parameters, percent-encoded."""
        found = parts(self.path)
        found[::2] = map(escaped, found[::2])
        found[1::2] = (values.get(name, f"{{{name}}}") for name in found[1::2])
        return "".join(found)

    def match(self, path: str) -> dict[str, str] | None:
        """Return the path parameters, still percent-encoded, or None if the path does not match."""
        found = self._path.fullmatch(path)
        if found is None:
            return None
        return dict(zip(self._names, found.groups()))  # noqa: B905 - strict takes twice as long

    def response_for(self, status: int) -> DeclaredResponse | None:
        """Return the most specific response that the contract describes for a status."""
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in self.responses:
                return self.responses[key]
        return None

    @property
    def writes(self) -> bool:
        """Whether its method may change something on the server."""
        return self.method not in _READING

    @property
    def label(self) -> str:
        """Its method and path, for people."""
        return f"{self.method} {self.path}"

    @property
    def schemes(self) -> list[SecurityScheme]:
        """The security schemes of all alternatives."""
        return [scheme for each in self.security for scheme in each]

    @property
    def first_schemes(self) -> tuple[SecurityScheme, ...]:
        """The security schemes of the alternative that the suite uses.

        It is the first one whose credentials one request can carry.
        """
        return next(filter(fit_together, self.security), next(iter(self.security), ()))

    @property
    def success(self) -> DeclaredResponse | None:
        """The first response with a 2xx status, None if there is none."""
        return first_success(self.responses)

    @property
    def schema(self) -> Schema | None:
        """The schema of the JSON body of a success, None if it has none."""
        return self.success.schema if self.success else None

    @property
    def listing(self) -> Listing | None:
        """Where a response has the items of a list, None if it has no list."""
        return self.pagination or self.cursors

    @property
    def size(self) -> Parameter | None:
        """The parameter for the size of a page, None if there is none."""
        if self.pagination is not None:
            return self.pagination.size
        return self.cursors.size if self.cursors is not None else None

    @property
    def selecting(self) -> dict[str, Any]:
        """The parameters that select or sort the items of the list, with their defaults."""
        if not self.selectors and self.sorting is None:
            return {}
        names = {each.parameter for each in self.selectors}
        if self.sorting is not None:
            names |= {self.sorting.parameter, self.sorting.order or self.sorting.parameter}
        return {p.name: p.schema.get("default") for p in self.located("query") if p.name in names}

    def parameter(self, name: str) -> Parameter:
        """Return a parameter by name; raise KeyError if there is none."""
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        raise KeyError(name)

    @property
    def ties(self) -> Iterator[tuple[str, str]]:
        """The requirements that the operation and its parts are linked to, each with its aspect."""
        tables = [
            ("operation", self.requirements),
            *(("parameter", each.requirements) for each in self.parameters),
            *(("security", each.requirements) for each in self.schemes),
            *(("header", each.requirements) for each in self.required_headers),
            *((("pagination", self.listing.requirements),) if self.listing else ()),
        ]
        for kind, table in tables:
            for condition, requirement in table.items():
                yield f"{kind}.{condition}", requirement

    @property
    def path_names(self) -> set[str]:
        """The names of the path parameters."""
        return {parameter.name for parameter in self.located("path")}

    def values(self, segments: Mapping[str, str], query: Received) -> dict[str, Any]:
        """Return the valid values of the parameters in a path and a query, by name.

        `segments` has the raw texts of the path parameters.
        """
        path = {name: (raw,) for name, raw in segments.items()}
        found = [(p.name, p.receive(path)) for p in self.located("path")]
        found += [(p.name, p.receive(query)) for p in self.located("query")]
        return {name: each.value for name, each in found if each.is_value}

    def listed(self, received: Received) -> set[str]:
        """Return those names of a query that belong to a parameter or to a credential."""
        names = {scheme.name for scheme in self.schemes if scheme.place == "query"}
        for parameter in self.located("query"):
            names.update(parameter.serialization.names(received))
        return names & received.keys()

    def located(self, location: str) -> Iterator[Parameter]:
        """Yield the parameters in 'path', 'query', 'header' or 'cookie'."""
        return (p for p in self.parameters if p.location == location)


@dataclass(frozen=True, slots=True)
class ErrorForm:
    """How errors are written: `x-error-code` of the contract.

    `message`, `number` and `detail` are places in an error body, `template` makes a message of
    {code} and {text}, `pattern` finds the code in one, `statuses` has the HTTP statuses that agree
    with a code, `denied` the codes for a token that is refused.
    """

    message: Pointer
    number: Pointer | None
    detail: Pointer | None
    template: str
    pattern: re.Pattern[str]
    denied: tuple[str, ...]
    statuses: Mapping[str, tuple[int, ...]]
    requirements: Mapping[str, str]
    schema: Schema

    @property
    def body_requirements(self) -> set[str]:
        """The ids of the requirements of the schema of error bodies and of its laws."""
        root = self.schema.root
        laws = root.laws.laws if root.laws else ()
        return {id_ for id_ in (root.requirement, *(law.requirement for law in laws)) if id_}

    def code_of(self, body: Any) -> str | None:
        """Return the code in an error body, or None if its message does not have the form."""
        message = lookup(body, self.message)
        return self.read(message) if isinstance(message, str) else None

    def read(self, message: str) -> str | None:
        """Return the code in a message, or None if it does not have the form."""
        found = self.pattern.match(message)
        return found.group(1) if found and self.pattern.groups else None

    def write(self, code: str, text: str) -> str:
        """Return a message; raise ValueError if the template has an unknown name in braces."""
        try:
            return self.template.format(code=code, text=text)
        except (LookupError, AttributeError) as error:
            raise ValueError(
                f"template has a place for {error}; it may have {{code}} and {{text}}"
            ) from None

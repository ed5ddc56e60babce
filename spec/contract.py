"""The contract: the one reader of an OpenAPI file and of its extensions.

Whatever serves or judges takes its facts from here. A file that is not a usable contract is refused
with every mistake in it, each with its line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from . import overlay
from . import policy as policy_files
from . import register as registers
from .documents.source import (
    BrokenReferenceError,
    Problem,
    Source,
    SourceError,
    follow,
    get,
    join,
    split,
)
from .model import (
    METHODS,
    DeclaredResponse,
    ErrorForm,
    Media,
    Nouns,
    Operation,
    Oversize,
    Pagination,
    PastEnd,
    RequestBody,
    RequiredHeader,
    SecurityScheme,
    UnknownList,
)
from .openapi import parameter_places
from .openapi import problems as openapi_problems
from .parameters import Parameter
from .parameters.serialization import schema_place, serialization_of
from .parameters.shape import Shape
from .register import Link, requirements_of
from .routes import Found, Routes
from .schemas.laws import LawError
from .schemas.validation import ELEMENT, Direction, Schemas
from .secrets.vocabulary import names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from .documents.source import Pointer
    from .policy import Policy
    from .register import Register, Requirement

# Beside this file: `importlib.resources` does not find an editable install's root.
DEFAULT = Path(__file__).with_name("openapi.yaml")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract, ready to serve and to judge by.

    `base` is its file, and `source` the same with its `policies` applied.
    """

    base: Source
    source: Source
    policies: tuple[Policy, ...]
    register: Register
    title: str
    version: str
    base_path: str
    operations: tuple[Operation, ...]
    error: ErrorForm | None
    schemas: Schemas
    routes: Routes

    @property
    def path(self) -> Path:
        """The file it was read from."""
        return self.source.path

    @property
    def digest(self) -> str:
        """SHA-256 of the file, and of its policies if there are any, in hexadecimal."""
        return self.source.digest

    @property
    def document(self) -> Mapping[str, Any]:
        """The file with its policies applied, references unresolved."""
        value: Mapping[str, Any] = self.source.value
        return value

    @property
    def names(self) -> frozenset[str]:
        """Its enumerated values, and its names of paths, parameters, headers and members."""
        return frozenset(names(self.document))

    @property
    def schemes(self) -> dict[str, SecurityScheme]:
        """The security schemes that operations use, by id."""
        return {scheme.id: scheme for operation in self.operations for scheme in operation.schemes}

    @property
    def example_token(self) -> str:
        """The first example of a credential that the contract gives, 'token' if it gives none."""
        examples = (scheme.example for scheme in self.schemes.values())
        return next((example for example in examples if example is not None), "token")

    def decisions(self, requirement: Requirement) -> Iterator[tuple[str, str]]:
        """Yield the decisions that a requirement rests on: the id, and the text with the policy."""
        for decision in self.register.decisions_of(requirement):
            text = f"{decision.document} {decision.decision}"
            if chosen := policy_files.in_force(decision, self.policies):
                others = [name for name in decision.policies if name != chosen]
                instead = f"; instead: {', '.join(others)}" if others else ""
                text += f" Policy: {chosen}{instead}."
            yield decision.id, text

    def defined_at(self, requirement: Requirement) -> tuple[str, int]:
        """Return the file and the line of the first element that is linked to a requirement.

        Of one that no element is linked to, those of its entry in the register.
        """
        for link in Link.under((), self.document):
            if (place := link.place_of(requirement)) is not None:
                found = self.source.problem(place, "")
                return found.file, found.line
        return str(self.register.path), requirement.line

    def under(self, names: Iterable[str | Path]) -> Contract:
        """Return the contract under more policies, each in place of what it contradicts."""
        more = policy_files.find(names, self.register)
        if not more:
            return self
        both = policy_files.together(self.policies, more, self.register)
        paths = [policy.path for policy in both]
        return read(self.base, self.register, paths, trusted=self.path == DEFAULT)

    def nearest(self, method: str, path: str) -> Found | None:
        """Return the operation at a path with the base path, if need be of another method.

        HEAD counts as GET. The values in the path are still percent-encoded.
        """
        if not path.startswith(f"{self.base_path}/"):
            return None
        below = path[len(self.base_path) :]
        return self.routes.nearest("GET" if method == "HEAD" else method, below)

    def operation(self, operation_id: str) -> Operation:
        """Return an operation by its id; raise KeyError if there is none."""
        for operation in self.operations:
            if operation.id == operation_id:
                return operation
        raise KeyError(operation_id)


def load(path: Path | None = None, policies: Iterable[str | Path] = ()) -> Contract:
    """Read a contract, by default the built-in one, and apply policies to it.

    A requirements.yaml beside the file is its register; otherwise the built-in one is. A policy is
    a name or the path of an OpenAPI Overlay. Raises SourceError with every mistake that was found,
    and PolicyError for a policy that does not exist or contradicts another one.
    """
    path = path or DEFAULT
    source = Source.read(path)
    beside = path.with_name(registers.DEFAULT.name)
    register = registers.load(beside if beside.is_file() else registers.DEFAULT)
    # The built-in contract is checked against OpenAPI by the tests.
    return read(source, register, policies, trusted=path == DEFAULT)


def read(
    base: Source, register: Register, names: Iterable[str | Path] = (), *, trusted: bool = False
) -> Contract:
    """Return the contract of a file that was read; raise SourceError as `load` does.

    A `trusted` file is known to be OpenAPI, and is not checked against the specification again.
    """
    source, chosen = base, policy_files.find(names, register)
    for policy in chosen:
        source = overlay.apply(source, policy.source)
        trusted = trusted and policy.is_built_in
    if not trusted and (problems := list(openapi_problems(source))):
        raise SourceError(problems)
    reader = _Reader(source, register)
    contract = reader.contract(base, chosen)
    if reader.problems:
        found = dict.fromkeys(reader.problems)  # a component that is used twice is read twice
        raise SourceError(sorted(found, key=lambda problem: (problem.file, problem.line)))
    return contract


class _Reader:
    """Reads the document once, and reports every mistake instead of stopping at the first."""

    def __init__(self, source: Source, register: Register) -> None:
        self.source, self.register = source, register
        self.document: dict[str, Any] = source.value
        self.problems: list[Problem] = []
        # The filters' laws belong to schemas that have to be found first.
        self.schemas = Schemas(self.document)
        self.schemas = Schemas(self.document, self._filter_laws())

    def report(self, place: Pointer, what: str, hint: str = "") -> None:
        self.problems.append(self.source.problem(place, what, hint))

    def attempt(self, place: Pointer, make: Callable[[], T]) -> T | None:
        """Return what `make` returns, or report its error at a place."""
        try:
            return make()
        except BrokenReferenceError as error:
            self.report((*error.place, "$ref"), str(error), "Write it as '#/components/…'")
        except LawError as error:
            self.report(error.place or place, str(error))
        except KeyError as error:
            self.report(place, f"the member {error} is missing in {join(place)}")
        except RecursionError:
            self.report(place, f"the schemas in {join(place)} stand too deeply within each other")
        except (LookupError, ValueError, TypeError, re.error) as error:
            self.report(place, f"{join(place)} cannot be used: {' '.join(str(error).split())}")
        return None

    def _followed(self, place: Pointer) -> tuple[Pointer, Any] | None:
        return self.attempt(place, lambda: follow(self.document, place))

    def contract(self, base: Source, chosen: tuple[Policy, ...]) -> Contract:
        operations = tuple(self._operation(place) for place in self._places())
        error = self._error()
        self._ties((), self.document)
        info = self.document.get("info", {})
        return Contract(
            base=base,
            source=self.source,
            policies=chosen,
            register=self.register.worded(operations),
            title=str(info.get("title", "")),
            version=str(info.get("version", "")),
            base_path=self.attempt(("servers",), self._base_path) or "",
            operations=operations,
            error=error,
            schemas=self.schemas,
            routes=Routes(operations),
        )

    def _base_path(self) -> str:
        servers = self.document.get("servers") or [{"url": "/"}]
        server = servers[0]
        url = str(server.get("url", "/"))
        for name, variable in server.get("variables", {}).items():
            url = url.replace(f"{{{name}}}", str(variable.get("default", "")))
        return urlsplit(url).path.rstrip("/")

    def _places(self) -> Iterator[Pointer]:
        for path, item in self.document.get("paths", {}).items():
            for method in METHODS:
                if isinstance(item, dict) and method in item:
                    yield ("paths", path, method)

    def _operation(self, place: Pointer) -> Operation:
        _, path, method = place
        raw = get(self.document, place)
        parameters = self._parameters(place)
        responses = self._responses(place)
        return Operation(
            id=str(raw.get("operationId") or f"{method.upper()} {path}"),
            method=method.upper(),
            path=path,
            summary=str(raw.get("summary", "")),
            description=str(raw.get("description", "")),
            parameters=parameters,
            body=self._body(place),
            responses=responses,
            security=self._security(place, raw),
            required_headers=self._required_headers(place, raw),
            pagination=self._pagination(place, raw, parameters, responses),
            requirements=requirements_of(raw),
            place=place,
            _path=re.compile(_path_pattern(path)),
            _names=tuple(re.findall(r"\{([^{}]+)\}", path)),
        )

    def _parameters(self, place: Pointer) -> tuple[Parameter, ...]:
        found: dict[tuple[str, str], Pointer] = {}
        for start in parameter_places(self.document, place):
            at, raw = follow(self.document, start)
            # OpenAPI describes these headers elsewhere, and ignores such parameters.
            if raw["in"] != "header" or raw["name"].lower() not in _IGNORED:
                found[raw["in"], raw["name"]] = at
        read = (self._one(at, names_beside(found, own)) for own, at in found.items())
        return tuple(filter(None, read))

    def _one(self, place: Pointer, others: frozenset[str]) -> Parameter | None:
        return self.attempt(place, lambda: self._parameter(place, others))

    def _parameter(self, place: Pointer, others: frozenset[str]) -> Parameter:
        raw = get(self.document, place)
        at, schema = follow(self.document, schema_place(raw, place))
        examples = raw.get("examples") or {}
        named = next((e.get("value") for e in examples.values() if isinstance(e, dict)), None)
        return Parameter(
            name=raw["name"],
            required=raw.get("required") is True,
            description=str(raw.get("description", "")),
            schema=schema,
            serialization=serialization_of(raw, Shape(self.schemas, at), others),
            may_be_empty=raw["in"] == "query" and raw.get("allowEmptyValue") is True,
            example=raw.get("example", schema.get("example", named)),
            unknown=raw.get("x-unknown"),
            filters=split(raw["x-filter"]) if "x-filter" in raw else None,
            requirements=requirements_of(raw),
            place=place,
            compiled=self.schemas.at(at, Direction.REQUEST),
        )

    def _filter_laws(self) -> dict[Pointer, list[dict[str, Any]]]:
        """Return a law for each `x-filter`, by the place of the items that it selects."""
        laws: dict[Pointer, list[dict[str, Any]]] = {}
        for operation in self._places():
            for start in parameter_places(self.document, operation):
                try:
                    at, raw = follow(self.document, start)
                    items = self._selected(operation, at) if "x-filter" in raw else None
                except (LookupError, ValueError, StopIteration):
                    continue  # the mistake is reported where the parameter or the page is read
                if items is not None:
                    laws.setdefault(items, []).append(_filter_law(raw))
        return laws

    def _selected(self, operation: Pointer, place: Pointer) -> Pointer | None:
        """Return the place of the items that a parameter selects from, or report why not."""
        raw, parameter = get(self.document, operation), get(self.document, place)
        at = (*place, "x-filter")
        if parameter.get("in") != "query" or "x-pagination" not in raw:
            what = "x-filter belongs to a query parameter of an operation with x-pagination"
            self.report(at, what)
            return None
        name = str(parameter.get("name"))
        if not (name.isascii() and name.isidentifier()):
            what = f"x-filter cannot be used with the parameter name {name!r}"
            self.report(at, what, "Use letters, digits and _, since a law compares its value")
            return None
        success = next(each for each in sorted(raw["responses"]) if each.startswith("2"))
        response, _ = follow(self.document, (*operation, "responses", success))
        body = (*response, "content", "application/json", "schema")
        item = self.schemas.below(body, (*split(raw["x-pagination"]["items"]), ELEMENT))
        if item is None or self.schemas.below(item.place, split(parameter["x-filter"])) is None:
            self.report(at, f"the items have no member {parameter['x-filter']}")
            return None
        return item.place

    def _body(self, place: Pointer) -> RequestBody | None:
        if "requestBody" not in get(self.document, place):
            return None
        found = self._followed((*place, "requestBody"))
        if found is None:
            return None
        at, raw = found
        return RequestBody(raw.get("required") is True, self._media(at, raw, Direction.REQUEST))

    def _responses(self, place: Pointer) -> dict[str, DeclaredResponse]:
        responses = {}
        for status in get(self.document, place).get("responses", {}):
            found = self._followed((*place, "responses", status))
            if found is None:
                continue
            at, raw = found
            headers = {
                name: get(self.document, follow(self.document, (*at, "headers", name))[0])
                for name in raw.get("headers", {})
            }
            media = self._media(at, raw, Direction.RESPONSE)
            responses[status] = DeclaredResponse(
                status, str(raw.get("description", "")), media, headers, at
            )
        return responses

    def _media(self, place: Pointer, raw: Any, direction: Direction) -> dict[str, Media]:
        media = {}
        for name, content in raw.get("content", {}).items():
            at = (*place, "content", name)
            schema = None
            if "schema" in content:
                schema = self.attempt(
                    (*at, "schema"),
                    lambda at=at: self.schemas.at((*at, "schema"), direction),  # type: ignore[misc]
                )
            media[name.lower()] = Media(name, schema, self._examples(at, content))
        return media

    def _examples(self, place: Pointer, content: Mapping[str, Any]) -> dict[str, Any]:
        if "example" in content:
            return {"example": content["example"]}
        examples = {}
        for name in content.get("examples", {}):
            found = self._followed((*place, "examples", name))
            if found is not None and isinstance(found[1], dict) and "value" in found[1]:
                examples[name] = found[1]["value"]
        return examples

    def _security(
        self, place: Pointer, raw: Mapping[str, Any]
    ) -> tuple[tuple[SecurityScheme, ...], ...]:
        own = "security" in raw
        alternatives = raw["security"] if own else self.document.get("security", [])
        at = (*place, "security") if own else ("security",)
        return tuple(
            tuple(found for name in each if (found := self._scheme(at, name)))
            for each in alternatives
        )

    def _scheme(self, asked: Pointer, name: str) -> SecurityScheme | None:
        start = ("components", "securitySchemes", name)
        try:
            _, raw = follow(self.document, start)
        except LookupError:
            self.report(asked, f"the security scheme {name!r} is not under securitySchemes")
            return None
        example = raw.get("x-example")
        return SecurityScheme(
            id=name,
            kind=str(raw.get("type", "")),
            location=str(raw.get("in", "header")),
            name=str(raw.get("name", "Authorization")),
            scheme=str(raw.get("scheme", "")).lower(),
            example=None if example is None else str(example),
            requirements=requirements_of(raw),
        )

    def _required_headers(
        self, place: Pointer, raw: Mapping[str, Any]
    ) -> tuple[RequiredHeader, ...]:
        headers = []
        for name, header in raw.get("x-required-headers", {}).items():
            if isinstance(header, dict) and isinstance(header.get("value"), str):
                headers.append(RequiredHeader(name, header["value"], requirements_of(header)))
            else:
                self.report((*place, "x-required-headers", name), f"{name} needs the member value")
        return tuple(headers)

    def _pagination(
        self,
        place: Pointer,
        raw: Mapping[str, Any],
        parameters: tuple[Parameter, ...],
        responses: Mapping[str, DeclaredResponse],
    ) -> Pagination | None:
        if "x-pagination" not in raw:
            return None
        at = (*place, "x-pagination")
        pagination = self.attempt(
            at, lambda: self._read_pagination(at, raw["x-pagination"], parameters)
        )
        if pagination is not None:
            self._lead_somewhere(at, raw["x-pagination"], responses)
        return pagination

    def _read_pagination(
        self, place: Pointer, raw: Mapping[str, Any], parameters: tuple[Parameter, ...]
    ) -> Pagination | None:
        by_name = {p.name: p for p in parameters if p.location == "query" and p.is_integer}
        for member in ("page", "size"):
            if raw.get(member) not in by_name:
                what = f"{member}: {raw.get(member)!r} is no integer parameter in the query"
                hint = f"Integer query parameters here are {', '.join(by_name) or 'none'}"
                self.report((*place, member), what, hint)
                return None
            parameter = by_name[raw[member]]
            at = (*parameter.place, "schema", "minimum")
            if parameter.minimum is None or parameter.minimum < 1:
                what = f"{parameter.name} can be less than 1, but is the {member} of x-pagination"
                self.report(at, what, "Pages are counted from 1, and have at least 1 item")
            if not parameter.required and "default" not in parameter.schema:
                what = f"{parameter.name} can be missing, but is the {member} of x-pagination"
                self.report(at[:-1], what, "Make it required, or add a default")
        members = ("currentPage", "totalItems", "totalPages", "items", "key")
        pointers = {member: split(raw[member]) for member in members}
        return Pagination(
            page=by_name[raw["page"]],
            size=by_name[raw["size"]],
            current_page=pointers["currentPage"],
            total_items=pointers["totalItems"],
            total_pages=pointers["totalPages"],
            items=pointers["items"],
            key=pointers["key"],
            oversize=Oversize(raw.get("oversize", Oversize.REJECT)),
            past_end=PastEnd(raw.get("pastEnd", PastEnd.ANY)),
            unknown_list=UnknownList(raw.get("unknownList", UnknownList.ANY)),
            nouns=Nouns(**raw.get("nouns", {})),
            requirements=requirements_of(raw),
        )

    def _lead_somewhere(
        self, place: Pointer, raw: Mapping[str, Any], responses: Mapping[str, DeclaredResponse]
    ) -> None:
        """Check that the places exist in the schema of the success response."""
        success = next(
            (each for status, each in sorted(responses.items()) if status[0] == "2"), None
        )
        if success is None or success.json is None:
            self.report(place, "there is no success response with a JSON body to page through")
            return
        if (schema := success.schema) is None:
            return  # what is wrong with it has been said
        for member in ("currentPage", "totalItems", "totalPages", "items", "key"):
            inside = (*split(raw["items"]), ELEMENT) if member == "key" else ()
            if self.schemas.below(schema.place, (*inside, *split(raw[member]))) is None:
                what = f"{member} is {raw[member]}, which is not in the success schema"
                self.report((*place, member), what)

    def _error(self) -> ErrorForm | None:
        for name, schema in self.document.get("components", {}).get("schemas", {}).items():
            if isinstance(schema, dict) and "x-error-code" in schema:
                place = ("components", "schemas", name)
                at = (*place, "x-error-code")
                raw = schema["x-error-code"]
                return self.attempt(at, lambda: self._error_form(place, raw))  # noqa: B023 - called at once
        return None

    def _error_form(self, place: Pointer, raw: Mapping[str, Any]) -> ErrorForm:
        at = (*place, "x-error-code")
        for member in ("member", "number", "detail"):
            if member in raw and self.schemas.below(place, split(raw[member])) is None:
                what = f"{member} is {raw[member]}, which is not in the error schema"
                self.report((*at, member), what)
        form = ErrorForm(
            message=split(raw["member"]),
            number=split(raw["number"]) if "number" in raw else None,
            detail=split(raw["detail"]) if "detail" in raw else None,
            template=raw["template"],
            pattern=re.compile(raw["pattern"]),
            denied=tuple(raw.get("denied", ())),
            statuses={code: tuple(numbers) for code, numbers in raw.get("statuses", {}).items()},
            requirements=requirements_of(raw),
            schema=self.schemas.at(place),
        )
        for code in dict.fromkeys((*form.denied, *form.statuses)):
            if form.read(form.write(code, "text")) != code:
                what = f"pattern does not find {code!r} again in what template makes of it"
                self.report((*at, "pattern"), what, "Its first group is the code, {code}")
                break
        return form

    def _ties(self, place: Pointer, element: Any) -> None:
        """Check that every link leads to a requirement, by a condition that exists."""
        for link in Link.under(place, element):
            for mistake in link.mistakes(self.register):
                self.report(*mistake)


def _filter_law(parameter: Mapping[str, Any]) -> dict[str, Any]:
    """Return `x-filter` as a law: every item has the requested value, or one of several."""
    name, place = parameter["name"], split(parameter["x-filter"])
    value = "".join(f".{part}" if part.isidentifier() else f"[{part!r}]" for part in place)
    several = parameter.get("schema", {}).get("type") == "array"
    requirements = requirements_of(parameter)
    return {
        **({"requirement": requirements["filter"]} if "filter" in requirements else {}),
        "reads": [parameter["x-filter"], f"request.{name}"],
        "when": f"has(request.{name})",
        "rule": f"self{value} {'in' if several else '=='} request.{name}",
        "message": f"every item has the requested value of {name}",
        "messageExpression": (
            f"'{place[-1]} is ' + string(self{value}) + ' where {name}=' + string(request.{name})"
            " + ' was requested'"
        ),
        "fieldPath": parameter["x-filter"],
    }


def names_beside(found: Iterable[tuple[str, str]], own: tuple[str, str]) -> frozenset[str]:
    """Return the names of the other parameters in the place of one of them."""
    return frozenset(name for place, name in found if place == own[0] and name != own[1])


_IGNORED = {"accept", "content-type", "authorization"}


def _path_pattern(path: str) -> str:
    parts = re.split(r"(\{[^{}]+\})", path)
    return "".join("([^/]+)" if part.startswith("{") else re.escape(part) for part in parts)

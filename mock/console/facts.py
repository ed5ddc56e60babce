"""The data of the page, as JSON: operations, schemas, scenarios and faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from ... import __version__
from ...spec.describing import expectation
from ...spec.documents.pointers import get, join
from ...spec.links import Link
from ..access.security import describe, how
from ..requests.examples import Examples
from .lists import list_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...spec.contract import Contract
    from ...spec.documents.pointers import Pointer
    from ...spec.model.media import Media
    from ...spec.model.operation import Operation
    from ...spec.model.schemes import SecurityScheme
    from ...spec.parameters import Parameter
    from ...spec.schemas.schemas import Node
    from ..faults.examples import ExampleRequest
    from ..responder import Responder
    from ..settings import Settings

_KEYWORDS = ("type", "format", "nullable", "enum", "description", "example", "default")


def of(responder: Responder, settings: Settings, tokens: Mapping[str, str]) -> dict[str, Any]:
    """Return the facts of a contract; `tokens` are those that may be shown, by scheme."""
    contract = responder.contract
    schemas = _Schemas(contract)
    examples = Examples(contract)
    operations = [_operation(contract, each, schemas, examples) for each in contract.operations]
    error = contract.error
    return {
        "title": contract.title or "This stub",
        "version": contract.version,
        "description": str(contract.document.get("info", {}).get("description", "")),
        "base": contract.base_path,
        "stub": {
            "version": __version__,
            "seed": settings.seed,
            "workers": settings.workers,
            "anyToken": settings.any_token,
            "policies": [{"name": each.name, "title": each.title} for each in contract.policies],
        },
        "schemes": {name: _scheme(each, tokens) for name, each in contract.schemes.items()},
        "operations": operations,
        "error": error
        and {"message": error.message, "detail": error.detail, "number": error.number},
        "schemas": schemas.table,
        "scenarios": [
            {
                "name": entry.name,
                "parameter": entry.parameter,
                "operation": entry.operation.id,
                "description": " ".join(entry.description.split()),
            }
            for entry in responder.scenarios.entries
        ],
        "faults": list(_faults(responder)),
    }


def _scheme(scheme: SecurityScheme, tokens: Mapping[str, str]) -> dict[str, Any]:
    return {
        "in": scheme.place,
        "name": scheme.header,
        "form": scheme.word or "raw",
        "token": tokens.get(scheme.id),
        "where": describe(scheme),
        "how": how(scheme),
    }


def _operation(
    contract: Contract, operation: Operation, schemas: _Schemas, examples: Examples
) -> dict[str, Any]:
    pagination, shown = operation.pagination, list_of(operation, contract.schemas)
    return {
        "id": operation.id,
        "method": operation.method,
        "path": operation.path,
        "summary": operation.summary,
        "description": operation.description,
        "security": [scheme.id for scheme in next(iter(operation.security), ())],
        "headers": list(_headers(contract, operation)),
        "parameters": [_parameter(each, schemas, examples) for each in operation.parameters],
        "body": None
        if operation.body is None
        else {
            "required": operation.body.required,
            "media": [
                {"type": each.type, "given": examples.of_body(each)}
                for each in operation.body.media.values()
            ],
        },
        "responses": [
            {
                "status": response.status,
                "description": response.description,
                "headers": {name: header.description for name, header in response.headers.items()},
                "media": [_media(each, schemas) for each in response.media.values()],
            }
            for response in operation.responses.values()
        ],
        "paging": None
        if pagination is None
        else {
            "page": pagination.page.name,
            "size": pagination.size.name,
            "current": pagination.current_page,
            "total": pagination.total_items,
            "pages": pagination.total_pages,
        },
        "list": None
        if shown is None
        else {
            "items": shown.items,
            "nouns": {"row": shown.nouns.row, "rows": shown.nouns.rows},
        },
    }


def _headers(contract: Contract, operation: Operation) -> Iterator[dict[str, Any]]:
    for header in operation.required_headers:
        raw = get(contract.document, (*operation.place, "x-required-headers", header.name))
        description = str(raw.get("description", ""))
        yield {"name": header.name, "value": header.value, "description": description}


def _parameter(parameter: Parameter, schemas: _Schemas, examples: Examples) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.location,
        "required": parameter.required,
        "description": parameter.description,
        "given": examples.of_parameter(parameter),
        "allowed": parameter.allowed,
        "explode": parameter.serialization.explode,
        "schema": schemas.key(parameter.compiled.place),
    }


def _media(media: Media, schemas: _Schemas) -> dict[str, Any]:
    return {
        "type": media.type,
        "examples": dict(media.examples),
        "schema": None if media.schema is None else schemas.key(media.schema.place),
    }


class _Schemas:
    """The schemas that are referred to, by their place; they may refer to each other."""

    def __init__(self, contract: Contract) -> None:
        self._schemas = contract.schemas
        self.table: dict[str, dict[str, Any]] = {}

    def key(self, place: Pointer) -> str:
        """Return the name of a schema in the table, and add the schema if it is not there."""
        node = self._schemas.node(place)
        name = join(node.place)
        if name not in self.table:
            entry = self.table[name] = {}
            entry |= self._entry(node)
        return name

    def _entry(self, node: Node) -> dict[str, Any]:
        schema = node.schema
        entry = {keyword: schema[keyword] for keyword in _KEYWORDS if keyword in schema}
        entry["allowed"] = expectation(node, self._schemas)
        members = {name: self.key(place) for name, place in node.members.items()}
        required = list(schema.get("required", ()))
        branches = self._schemas.branches(node, "anyOf", "oneOf")
        options = [self.key(branch.place) for branch in branches]
        for place in node.also:
            other = self.table[self.key(place)]
            members |= other.get("members", {})
            required += other.get("required", [])
            options += other.get("options", [])
            entry = {**{k: v for k, v in other.items() if k in _KEYWORDS}, **entry}
        if members:
            entry |= {"members": members, "required": sorted(set(required))}
        if options:
            entry["options"] = options
        if node.element is not None:
            entry["element"] = self.key(node.element)
        if isinstance(schema.get("additionalProperties"), dict):
            entry["values"] = self.key((*node.place, "additionalProperties"))
        return entry


def _faults(responder: Responder) -> Iterator[dict[str, Any]]:
    """Yield the faults that break a requirement which the contract is tied to."""
    # Imported here: the page is rarely asked for, and the catalogue takes time to read.
    from ..faults.example_lists import lists_of  # noqa: PLC0415

    contract, tied = responder.contract, set[str]()
    for link in Link.under((), contract.document):
        tied |= {link.ids} if isinstance(link.ids, str) else set(link.ids.values())
    lists = lists_of(contract, responder.plans, responder.scenarios)
    for fault in responder.faults.values():
        if fault.requirement in tied:
            requirement = contract.register[fault.requirement]
            yield {
                "name": fault.name,
                "title": fault.title,
                "requirement": requirement.id,
                "about": requirement.title,
                "section": contract.register.sections[requirement.section].title,
                "slow": fault.slow,
                "example": None if lists is None else _example(lists.request(fault.example)),
            }


def _example(request: ExampleRequest) -> dict[str, Any]:
    """Return a request in which a fault shows.

    `token` is a word such as 'valid', 'none' or 'wrong'; `notes` say in words what no form has.
    """
    return {
        "operation": request.operation.id,
        "method": request.method,
        "target": request.target,
        "path": {name: unquote(value) for name, value in request.path.items()},
        "query": request.query,
        "token": request.token,
        "headers": request.headers,
        "times": request.times,
        "first": None if request.first is None else _example(request.first),
        "meanwhile": None if request.meanwhile is None else _example(request.meanwhile),
        "notes": request.notes,
    }

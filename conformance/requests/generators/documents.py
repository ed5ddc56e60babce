"""Documents: one operation in OpenAPI, reduced to what requests are generated from."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ....spec.contract import Contract
    from ....spec.model.operation import Operation
    from ....spec.parameters import Parameter


class GenerationError(Exception):
    """No requests can be generated for an operation; the message says why."""


def document(contract: Contract, operation: Operation) -> dict[str, Any]:
    """Return an OpenAPI document that has only the query parameters of one operation."""
    parameters = [_parameter(parameter) for parameter in operation.located("query")]
    answers = {"default": {"description": "Any answer."}}
    reduced: dict[str, Any] = {
        "openapi": "3.0.3",
        "info": {"title": operation.id, "version": "1"},
        "paths": {"/": {"get": {"parameters": parameters, "responses": answers}}},
    }
    if "$ref" in json.dumps(parameters):
        schemas = contract.document.get("components", {}).get("schemas", {})
        reduced["components"] = {"schemas": _plain(schemas)}
    return reduced


def digest(reduced: Mapping[str, Any]) -> str:
    """Return a digest of a document that does not depend on the order of its members."""
    text = json.dumps(reduced, sort_keys=True, ensure_ascii=True)
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _parameter(parameter: Parameter) -> dict[str, Any]:
    described = {
        "name": parameter.name,
        "in": parameter.location,
        "required": parameter.required,
        "explode": parameter.serialization.explode,
        "schema": _plain(parameter.schema),
    }
    return described if parameter.example is None else {**described, "example": parameter.example}


def _plain(value: Any) -> Any:
    """Return a value without extensions and descriptions, which allow or forbid no value."""
    if isinstance(value, list):
        return [_plain(element) for element in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _plain(element)
        for name, element in value.items()
        if not (name.startswith("x-") or (name == "description" and isinstance(element, str)))
    }

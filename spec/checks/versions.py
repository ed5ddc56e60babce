"""The versions of OpenAPI that a contract may have, and what openapi-spec-validator knows of them.

Its modules are imported when they are needed: they take a quarter of a second, which the built-in
contract need not wait for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema_rs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..documents.pointers import Pointer

_KNOWN = ("3.0", "3.1", "3.2")
_ANY_SCHEMA = {"$dynamicAnchor": "meta", "$ref": "https://json-schema.org/draft/2020-12/schema"}


def refused(document: Any) -> tuple[Pointer, str, str] | None:
    """Return why a document is not read, None if it is: the place, what is wrong, and a hint."""
    if isinstance(document, dict) and "swagger" in document:
        what = f"is Swagger {document['swagger']}, which came before OpenAPI 3"
        hint = "Convert it first, for example with swagger2openapi (npx swagger2openapi FILE)"
        return ("swagger",), what, hint
    if not isinstance(document, dict) or "openapi" not in document:
        what = "is not an OpenAPI document: the member openapi is missing"
        return (), what, "Begin it with 'openapi: 3.0.3' or a later version"
    if _version(document) not in _KNOWN:
        what = f"is OpenAPI {document['openapi']}; the versions {', '.join(_KNOWN)} are supported"
        return ("openapi",), what, ""
    return None


def _version(document: Mapping[str, Any]) -> str:
    """Return the version without its last part: '3.1' of 3.1.0, and of 3.1."""
    return ".".join(str(document["openapi"]).split(".")[:2])


def shape(document: Mapping[str, Any]) -> jsonschema_rs.Validator:
    """Return the validator of documents of the same version, their schemas included."""
    from openapi_spec_validator import schemas  # noqa: PLC0415

    version = _version(document)
    if version == "3.0":
        return jsonschema_rs.Draft4Validator(dict(schemas.get_schema_content_v30()))
    content = {"3.1": schemas.get_schema_content_v31, "3.2": schemas.get_schema_content_v32}
    schema = dict(content[version]())
    # It leaves out the schemas, for those of 3.1 may be of any dialect.
    definitions = {**schema["$defs"], "schema": _ANY_SCHEMA}
    return jsonschema_rs.Draft202012Validator({**schema, "$defs": definitions})

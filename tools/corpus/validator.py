"""Judges values with openapi-schema-validator, which shares no code with the stub."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from document import read
from openapi_schema_validator import (
    OAS30ReadValidator,
    OAS30WriteValidator,
    OAS31Validator,
    oas30_format_checker,
    oas31_format_checker,
)
from referencing import Registry, Resource, Specification

if TYPE_CHECKING:
    from document import Place


class UnjudgedError(Exception):
    """The validator cannot judge a value by a schema."""


def mistake(value: Any, schema: Place, *, version: str, sent: bool = False) -> str:
    """Return what is wrong with a value, '' if nothing is.

    `sent` says that it is in a request. Raises UnjudgedError.
    """
    try:
        reference = {"$ref": f"{schema.file.as_uri()}#{schema.pointer.replace('%', '%25')}"}
        kind, formats = OAS31Validator, oas31_format_checker
        if version.startswith("3.0"):
            kind = OAS30WriteValidator if sent else OAS30ReadValidator
            formats = oas30_format_checker
        validator = kind(reference, registry=_registry(), format_checker=formats)
        error = next(validator.iter_errors(value), None)
    except RecursionError:
        raise UnjudgedError("the schema is recursive without an end") from None
    except Exception as error:  # noqa: BLE001 - whatever a library does with a strange schema
        raise UnjudgedError(f"{type(error).__name__}: {error}") from None
    if error is None:
        return ""
    at = "/".join(map(str, error.absolute_path))
    return f"/{at}: {error.message[:160]} ({error.validator})"


@cache
def _registry() -> Registry[Any]:
    def retrieve(uri: str) -> Resource[Any]:
        parts = urlsplit(uri)
        if parts.scheme != "file":
            raise LookupError(uri)
        # Opaque: a member named id or $id in a description is no identifier.
        return Resource(read(Path(unquote(parts.path))), Specification.OPAQUE)

    return Registry(retrieve=cache(retrieve))

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from ruangkerja.spec import register as registers
from ruangkerja.spec.contract import DEFAULT, Contract, read
from ruangkerja.spec.documents.source import Source
from ruangkerja.spec.schemas.schemas import Schemas
from ruangkerja.spec.schemas.validation import Schema
from ruangkerja.spec.schemas.writer import Direction

# A contract in a few lines: what a test needs beyond it, it adds.
SMALL = """
openapi: 3.0.3
info: {title: Small, version: 2.1.0}
servers: [{url: 'https://example.test/v1/'}]
paths:
  /things/{id}:
    get:
      operationId: getThing
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
      responses:
        '200': {description: A thing}
"""

ReadContract = Callable[[str], Contract]
EditedContract = Callable[..., Source]
SchemaOf = Callable[..., Schema]


@pytest.fixture(scope="session")
def small() -> str:
    return SMALL.lstrip()


@pytest.fixture(scope="session")
def read_contract() -> ReadContract:
    """Makes a contract of YAML text."""

    def make(text: str) -> Contract:
        return read(Source.parse(text.encode(), Path("contract.yaml")), registers.load())

    return make


@pytest.fixture(scope="session")
def built_in() -> str:
    """The text of the built-in contract."""
    return DEFAULT.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def schema_of() -> SchemaOf:
    """Compiles a schema of OpenAPI 3.0 that is written as YAML, with others it may refer to."""

    def make(text: str, direction: Direction = Direction.RESPONSE, **others: str) -> Schema:
        named = {name: yaml.safe_load(other) for name, other in others.items()}
        document: dict[str, Any] = {
            "components": {"schemas": {**named, "it": yaml.safe_load(text)}}
        }
        return Schemas(document).at(("components", "schemas", "it"), direction)

    return make

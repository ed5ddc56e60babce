"""An operation that cannot be served is announced, and the others are served."""

from __future__ import annotations

from pathlib import Path

from ruangkerja.mock.app import create_app
from ruangkerja.mock.settings import Settings
from ruangkerja.spec import register as registers
from ruangkerja.spec.contract import read
from ruangkerja.spec.documents.source import Source

_TEXT = """
openapi: 3.0.3
info: {title: Half, version: '1'}
paths:
  /good:
    get:
      responses:
        '200': {description: Good, content: {application/json: {schema: {type: boolean}}}}
  /none:
    get:
      operationId: none
      responses:
        '200':
          description: No value is both.
          content:
            application/json:
              schema: {type: string, allOf: [{type: string, enum: [a]}, {type: string, enum: [b]}]}
  /lost:
    get:
      operationId: lost
      responses:
        '200': {$ref: '#/components/responses/Lost'}
"""


def test_why_an_operation_is_not_served_is_said_with_its_line() -> None:
    source = Source.parse(_TEXT.encode(), Path("half.yaml"))
    contract = read(source, registers.load())
    responder = create_app(contract, Settings()).responder
    assert responder.plans.unserved.keys() == {"none", "lost"}
    assert responder.plans.unserved["none"].startswith("half.yaml:17: no valid value can be made")
    assert "leads nowhere" in responder.plans.unserved["lost"]
    line = _TEXT[: _TEXT.index("$ref")].count("\n") + 1
    assert any(f"half.yaml:{line}: " in str(warning) for warning in contract.warnings)

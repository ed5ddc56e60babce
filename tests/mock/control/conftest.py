from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from ruangkerja.mock.control.interface import DOCUMENT
from ruangkerja.spec.contract import Contract, load

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.helpers.asking import Answer

BodyOf: TypeAlias = "Callable[[Answer, str], Any]"


@pytest.fixture(scope="session")
def interface() -> Contract:
    """The document of the control interface, checked against OpenAPI."""
    return load(DOCUMENT)


@pytest.fixture(scope="session")
def body_of(interface: Contract) -> BodyOf:
    """Returns the body of an operation's response, which has to be as the document says."""

    def read(answer: Answer, operation: str) -> Any:
        declared = interface.operation(operation).response_for(answer.status)
        assert declared is not None, answer
        media = declared.media[answer.headers["content-type"]]
        value = json.loads(answer.body)
        assert media.schema is None or list(media.schema.judge(value).violations) == []
        return value

    return read

"""The control interface shows what requests stored, and removes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ruangkerja.mock.serve.watched import watched
from ruangkerja.mock.settings import Settings
from ruangkerja.spec import contract as contracts
from tests.helpers import family
from tests.helpers.asking import Answer, ask

if TYPE_CHECKING:
    from ruangkerja.mock.application import Application

    from .conftest import BodyOf


@pytest.fixture(scope="module")
def app() -> Application:
    return watched(contracts.load(family.PATH), Settings())


def remove(app: Application, learner: str) -> Answer:
    target = f"/v1/courses/C-1001/learners/{learner}"
    return ask(app, target, "DELETE", Authorization=family.TOKEN)


def test_what_is_stored_is_listed_and_removed(app: Application, body_of: BodyOf) -> None:
    assert remove(app, "L-100001").status == 204
    assert body_of(ask(app, "/-/stored"), "listStored") == {
        "count": 1,
        "lists": [
            {
                "id": "",
                "operation": "listLearners",
                "path": ["C-1001"],
                "stored": [],
                "deleted": ["L-100001"],
            }
        ],
    }
    assert remove(app, "L-100001").status == 404
    assert body_of(ask(app, "/-/stored?id=other", "DELETE"), "clearStored") == {"count": 0}
    assert body_of(ask(app, "/-/stored", "DELETE"), "clearStored") == {"count": 1}
    assert remove(app, "L-100001").status == 204

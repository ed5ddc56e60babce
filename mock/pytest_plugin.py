"""A pytest fixture: the stub, for the tests of a client.

    def test_my_client(ruangkerja_mock):
        users = MyClient(ruangkerja_mock.url, token="access_token").users("COURSE-EXAMPLE1")
        assert ruangkerja_mock.requests[-1].query["page"] == ["1"]

One server serves the whole run; at the start of each test, `requests` is empty and no scenario is
set. To pass arguments to MockServer, override the fixture `ruangkerja_mock_settings`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .serve.server import MockServer


@pytest.fixture(scope="session")
def ruangkerja_mock_settings() -> dict[str, Any]:
    """Return the arguments of MockServer by name; override it to set them."""
    return {}


@pytest.fixture(scope="session")
def _ruangkerja_server(ruangkerja_mock_settings: dict[str, Any]) -> Iterator[MockServer]:
    # Imported here: the plugin is loaded in every run of pytest, and most have no use for it.
    from .serve.server import MockServer  # noqa: PLC0415

    with MockServer(**ruangkerja_mock_settings) as server:
        yield server


@pytest.fixture
def ruangkerja_mock(_ruangkerja_server: MockServer) -> MockServer:
    """Return the running stub, with its `url` and the `requests` of this test."""
    _ruangkerja_server.clear()
    return _ruangkerja_server

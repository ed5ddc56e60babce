"""A pytest fixture: the stub for the tests of a client, in three lines.

    def test_my_client(ruangkerja_mock):
        users = MyClient(ruangkerja_mock.url, token="access_token").users("COURSE-EXAMPLE1")
        assert ruangkerja_mock.requests[-1].query["page"] == ["1"]

One server serves the whole run; each test finds `requests` empty. A fixture of one's own called
`ruangkerja_mock_settings` gives the arguments of MockServer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .serve.server import MockServer


@pytest.fixture(scope="session")
def ruangkerja_mock_settings() -> dict[str, Any]:
    """Give the arguments of MockServer by name; to be overridden."""
    return {}


@pytest.fixture(scope="session")
def _ruangkerja_server(ruangkerja_mock_settings: dict[str, Any]) -> Iterator[MockServer]:
    # Imported here: the plugin is loaded in every run of pytest, and most have no use for it.
    from .serve.server import MockServer  # noqa: PLC0415

    with MockServer(**ruangkerja_mock_settings) as server:
        yield server


@pytest.fixture
def ruangkerja_mock(_ruangkerja_server: MockServer) -> MockServer:
    """Give the running stub: its `url`, and the `requests` that came during the test."""
    _ruangkerja_server.requests.clear()
    return _ruangkerja_server

from __future__ import annotations

import urllib.request

from hypothesis import given
from hypothesis import strategies as st

from ruangkerja.mock.control.journal import Journal
from ruangkerja.mock.response import StubResponse
from ruangkerja.mock.serve.server import MockServer

from ..conftest import TOKEN, USERS


def test_a_test_can_read_the_requests_afterwards() -> None:
    with MockServer() as server:
        assert len(server.requests) == 0
        for page in (1, 2):
            url = f"{server.url}{USERS.format('C%2D1')}?page={page}&pageSize=5"
            asked = urllib.request.Request(url, headers={"Authorization": TOKEN})  # noqa: S310
            urllib.request.urlopen(asked).close()  # noqa: S310
            assert len(server.requests) == page  # as soon as there is a response
    assert [request.query["page"] for request in server.requests] == [["1"], ["2"]]
    assert server.requests[-1].path == USERS.format("C-1")
    assert server.requests[-1].headers["authorization"] == TOKEN
    assert (server.requests[-1].method, server.requests[-1].status) == ("GET", 200)


def test_the_journal_is_bounded_by_number_and_by_size() -> None:
    journal, reply = Journal(), StubResponse(200, (), b"")
    scope = {"method": "GET", "raw_path": b"/", "query_string": b"", "headers": []}
    for number in range(1_500):
        journal.note({**scope, "raw_path": b"/%d" % number}, reply, 0.0)
    assert (len(journal), journal[0].path, journal[-1].path) == (1000, "/500", "/1499")
    for number in range(50):
        journal.note({**scope, "ruangkerja.body": b"x" * 1_000_000}, reply, number)
    assert sum(len(entry.body) for entry in journal) <= 16_000_000
    assert journal[-1].took == 49
    journal.note({**scope, "ruangkerja.body": b"x" * 20_000_000}, reply, 50.0)
    assert [entry.took for entry in journal] == [50.0]


HEADERS = st.lists(
    st.tuples(st.sampled_from([b"accept", b"cookie"]), st.sampled_from([b"", b"a", b"b"])),
    max_size=3,
)


@given(st.lists(HEADERS, max_size=40))
def test_each_request_has_its_own_headers_and_number(
    requests: list[list[tuple[bytes, bytes]]],
) -> None:
    journal, reply = Journal(), StubResponse(200, (), b"")
    for headers in requests:
        journal.note(
            {"method": "GET", "raw_path": b"/", "query_string": b"", "headers": headers}, reply, 0.0
        )
    joined = [
        {
            name.decode(): b", ".join(value for own, value in headers if own == name).decode()
            for name, _ in headers
        }
        for headers in requests
    ]
    assert [dict(entry.headers) for entry in journal] == joined
    assert [entry.number for entry in journal] == [*range(1, len(requests) + 1)]
    assert journal.last == len(requests)

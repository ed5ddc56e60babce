"""Entries of HAR are read, whatever stands in them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruangkerja.conformance.http.exchange import Exchange
from ruangkerja.spec import contract as contracts
from ruangkerja.traffic.recording.har import Base, entry_of, exchange_of
from ruangkerja.traffic.recording.har_body import Aside
from ruangkerja.traffic.sanitizer import Sanitizer
from tests.helpers.recordings import entry

CONTRACT = contracts.load()
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


@given(st.data())
def test_whatever_stands_in_an_entry_it_is_read_or_set_aside(data: st.DataObject) -> None:
    raw: Any = entry()
    where: Any = raw
    path = data.draw(
        st.sampled_from(
            [
                ("startedDateTime",),
                ("time",),
                ("request",),
                ("request", "method"),
                ("request", "url"),
                ("request", "headers"),
                ("request", "postData"),
                ("request", "_target"),
                ("response",),
                ("response", "status"),
                ("response", "statusText"),
                ("response", "headers"),
                ("response", "content"),
                ("response", "content", "text"),
                ("response", "content", "encoding"),
                ("response", "content", "size"),
                ("response", "bodySize"),
                ("_failure",),
                ("_fromCache",),
            ]
        )
    )
    for name in path[:-1]:
        where = where[name]
    where[path[-1]] = data.draw(anything)
    read = entry_of(raw)
    if read is not None:
        read.base(CONTRACT)
        found = exchange_of(read, 1)
        assert isinstance(found, Exchange | Aside)
        if isinstance(found, Exchange):
            Sanitizer(CONTRACT)(found)


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://h.example.com/ruangkerja/dashboard/courses/C/online/users", ""),
        ("https://h.example.com/a/b/ruangkerja/dashboard/courses/C/online/users?page=1", "/a/b"),
        ("https://H.example.com:443/x/ruangkerja/dashboard/courses/a%2Fb/online/users#top", "/x"),
    ],
)
def test_the_base_url_is_what_stands_before_a_path_of_the_contract(url: str, base: str) -> None:
    read = entry_of(entry(url=url))
    assert read is not None
    assert read.base(CONTRACT) == Base("https://h.example.com", base)


@pytest.mark.parametrize(
    "url",
    [
        "https://h.example.com/ruangkerja/dashboard/courses/C/online/users/1",
        "https://h.example.com/ruangkerja/dashboard/courses/online/users",
        "https://h.example.com/",
        "https://h.example.com",
    ],
)
def test_a_path_that_is_not_of_the_contract_has_no_base(url: str) -> None:
    read = entry_of(entry(url=url))
    assert read is not None
    assert read.base(CONTRACT) is None

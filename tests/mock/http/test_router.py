"""Routes find what the contract would find, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from ruangkerja.mock.http.router import Router

if TYPE_CHECKING:
    from ruangkerja.spec.contract import Contract


@given(data=st.data())
def test_a_route_is_that_of_the_contract(contract: Contract, data: st.DataObject) -> None:
    (operation,) = contract.operations
    parts = (contract.base_path + operation.path).split("/")
    mine = st.one_of(*map(st.sampled_from, [[part, "", "a", ".", "{}"] for part in parts]))
    path = "/".join(data.draw(st.one_of(st.just(parts), st.lists(mine, max_size=9))))
    found = Router(contract).find(path.encode())
    names = None
    if path.startswith(contract.base_path):
        names = operation.match(path[len(contract.base_path) :])
    assert (found and found[1]) == names


def test_what_is_escaped_or_of_another_script_is_asked_for(contract: Contract) -> None:
    (operation,) = contract.operations
    path = contract.base_path + operation.path
    assert Router(contract).find(path.replace("{", "%7B").encode()) is None
    assert Router(contract).find(path.replace("{", "é").encode()) is None

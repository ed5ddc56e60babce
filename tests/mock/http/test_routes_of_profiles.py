"""The route of a request with a client profile: the contract's, or left to routing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from ruangkerja.mock.access.client_profiles import ClientProfiles

if TYPE_CHECKING:
    from ruangkerja.spec.contract import Contract


@given(data=st.data())
def test_a_route_is_that_of_the_contract(contract: Contract, data: st.DataObject) -> None:
    (operation,) = contract.operations
    parts = (contract.base_path + operation.path).split("/")
    mine = st.one_of(*map(st.sampled_from, [[part, "", "a", ".", "{}"] for part in parts]))
    path = "/".join(data.draw(st.one_of(st.just(parts), st.lists(mine, max_size=9))))
    found = ClientProfiles(contract).operation_at(path.encode())
    names = None
    if path.startswith(contract.base_path):
        names = operation.match(path[len(contract.base_path) :])
    assert (found and found[1]) == names


def test_what_is_escaped_or_of_another_script_is_asked_for(contract: Contract) -> None:
    (operation,) = contract.operations
    path = contract.base_path + operation.path
    assert ClientProfiles(contract).operation_at(path.replace("{", "%7B").encode()) is None
    assert ClientProfiles(contract).operation_at(path.replace("{", "é").encode()) is None

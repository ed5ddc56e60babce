"""Expectations: requests for a list with the valid token of somebody else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ...evidence.expectation import Kind
from .probe import Probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...evidence.expectation import Expectation
    from .probe import Caller


def other_token(caller: Caller, expectation: Expectation, token: str) -> Iterator[Probe]:
    """Yield requests for the first page of a list, and for a later one if it has to be hidden."""
    other = replace(caller, path=dict(expectation.path), token=token)
    yield Probe(other.request(), f"with the token in {expectation.value}")
    paging = other.operation.pagination
    if paging is not None and expectation.kind is Kind.HIDDEN_FROM:
        page, size = paging.first + 1, paging.least
        note = f"page {page} with the token in {expectation.value}"
        yield Probe(other.request(page=page, size=size), note)

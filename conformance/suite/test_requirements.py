"""One item for each requirement; the plugin beside this file gives each its verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..rules.verdict import Verdict


def test_requirement(verdict: Verdict, settle: Callable[[Verdict], None]) -> None:
    """Give the verdict of one requirement as the outcome of its item."""
    settle(verdict)

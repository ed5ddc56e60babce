"""Rules: one small unit for each aspect, in a module for each section of the contract.

Imports `evidence`, `http` and `spec`; privacy, report, generators and suite may import it.
"""

from . import (
    agreement,
    cursors,
    envelope,
    errors,
    expected_lists,
    headers,
    http,
    lists,
    paging,
    parameters,
    resources,
    selecting,
)
from .contract import rules_for
from .registry import REGISTRY, Rule

__all__ = [
    "REGISTRY",
    "Rule",
    "agreement",
    "cursors",
    "envelope",
    "errors",
    "expected_lists",
    "headers",
    "http",
    "lists",
    "paging",
    "parameters",
    "resources",
    "rules_for",
    "selecting",
]

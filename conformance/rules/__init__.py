"""Rules: one small unit for each aspect, in a module for each section of the contract.

Imports `evidence`, `http` and `spec`; privacy, report, generators and suite may import it.
"""

from . import (
    agreement,
    envelope,
    errors,
    expected_lists,
    headers,
    http,
    lists,
    paging,
    parameters,
    resources,
)
from .contract import rules_for
from .registry import REGISTRY, Rule

__all__ = [
    "REGISTRY",
    "Rule",
    "agreement",
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
]

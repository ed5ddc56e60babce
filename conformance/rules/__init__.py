"""What is expected: rules, by section of the document."""

from . import envelope, errors, headers, http, paging, parameters
from .contract import rules_for
from .registry import REGISTRY, Rule

__all__ = [
    "REGISTRY",
    "Rule",
    "envelope",
    "errors",
    "headers",
    "http",
    "paging",
    "parameters",
    "rules_for",
]

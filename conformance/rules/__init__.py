"""Rules: one small unit for each aspect, in a module for each section of the contract.

Imports `evidence`, `records`, `http` and `spec`; `verdicts` and all above may import it.
"""

from . import envelope, errors, headers, http, lists, parameters, resources
from .contract import rules_for
from .registry import REGISTRY, Rule

__all__ = [
    "REGISTRY",
    "Rule",
    "envelope",
    "errors",
    "headers",
    "http",
    "lists",
    "parameters",
    "resources",
    "rules_for",
]

"""The console: what the stub shows to people with a browser, beside what it serves.

`/` is a page to call the operations from, with the scenarios, the faults and the latest requests;
what it is made of stands under `/-/`, and the page itself there as well. `/ui` is Swagger UI, and
`/openapi.json` and `/openapi.yaml` are the contract. Paths that the contract has are its own.
"""

from __future__ import annotations

from .console import Console

__all__ = ["Console"]

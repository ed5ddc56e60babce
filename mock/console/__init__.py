"""The console: the pages that the stub has for people with a browser.

`/` is a page to call the operations from, with the scenarios, the faults and the latest requests.
Its files are below `/-/`, which is the page as well. `/openapi.json` and `/openapi.yaml` are the
contract. The paths of the contract take precedence.
"""

from __future__ import annotations

from .console import Console

__all__ = ["Console"]

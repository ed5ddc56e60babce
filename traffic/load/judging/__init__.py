"""The judge of a load test: each response as it comes, and what many of them show together.

A worker has a `Judge`, and the process that writes the reports has the `Results` of all workers.
Imports `conformance` and `spec`, and nothing that patches sockets; only `load` may import it.
"""

from .judge import Judge
from .results import Results

__all__ = ["Judge", "Results"]

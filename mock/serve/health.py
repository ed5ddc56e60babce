"""For operators of the stub: /healthz says that it is up, /metrics has its metrics.

Both are at the root of the server, if the contract has no such path. Requests for them are neither
counted nor logged, as probes send one every few seconds.
"""

from __future__ import annotations

import json
import time
from bisect import bisect_left
from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from ... import __version__
from ..http.unrouted import KNOWN_METHODS
from ..response import StubResponse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...spec.contract import Contract
    from ..settings import Settings

_FOUND = 200
_FRESH = (("Cache-Control", "no-store"),)
_PREFIX = "ruangkerja_stub"
_BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_METHODS = frozenset(KNOWN_METHODS)


class Health:
    """The state of one process; each worker has its own."""

    def __init__(self, contract: Contract, settings: Settings) -> None:
        self._what = {
            "version": __version__,
            "contract": contract.digest,
            "seed": str(settings.seed),
        }
        self._started = time.time()
        self._requests: Counter[tuple[str, int]] = Counter()
        self._durations = [0] * (len(_BOUNDS) + 1)
        self._seconds = 0.0

    def note(self, scope: Any, reply: StubResponse, took: float) -> None:
        """Count a request; `took` is in seconds."""
        method = scope["method"]
        # A client may send any method, but the number of labels has to be limited.
        self._requests[method if method in _METHODS else "other", reply.status] += 1
        self._durations[bisect_left(_BOUNDS, took)] += 1
        self._seconds += took

    def reply(self, path: str) -> StubResponse | None:
        """Return the response for one of the two paths, None for any other."""
        if path == "/healthz":
            body = json.dumps({"status": "ok", **self._what}).encode()
            return StubResponse.of(_FOUND, body, "application/json", more=_FRESH)
        if path == "/metrics":
            text = "".join(f"{line}\n" for line in self._metrics())
            kind = "text/plain; version=0.0.4; charset=utf-8"
            return StubResponse.of(_FOUND, text.encode(), kind, more=_FRESH)
        return None

    def _metrics(self) -> Iterator[str]:
        """Return the metrics in the text format of Prometheus."""
        yield from _head("info", "gauge", "What is served: version, SHA-256 of the contract, seed.")
        yield f"{_PREFIX}_info{_labels(**self._what)} 1"
        yield from _head("start_time_seconds", "gauge", "When it was started, since 1970.")
        yield f"{_PREFIX}_start_time_seconds {self._started!r}"
        yield from _head("requests_total", "counter", "Requests that got a response.")
        for (method, status), number in sorted(self._requests.items()):
            yield f"{_PREFIX}_requests_total{_labels(method=method, status=str(status))} {number}"
        name = "request_duration_seconds"
        yield from _head(name, "histogram", "From the first line of a request to its response.")
        bounds = [*map(str, _BOUNDS), "+Inf"]
        for bound, number in zip(bounds, accumulate(self._durations), strict=True):
            yield f"{_PREFIX}_{name}_bucket{_labels(le=bound)} {number}"
        yield f"{_PREFIX}_{name}_sum {self._seconds!r}"
        yield f"{_PREFIX}_{name}_count {sum(self._durations)}"


def _head(name: str, kind: str, text: str) -> Iterator[str]:
    yield f"# HELP {_PREFIX}_{name} {text}"
    yield f"# TYPE {_PREFIX}_{name} {kind}"


def _labels(**labels: str) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"

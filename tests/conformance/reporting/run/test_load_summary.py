from __future__ import annotations

import pytest

from ruangkerja.conformance.reporting.run.load_summary import FailureCount, LoadSummary, Timing

TIMES = {"median": 20.0, "p90": 40.0, "p95": 80.0, "longest": 2000.0}


def summary(
    p99: float, limit: float | None, *, late: float = 0.0, judged: int = 1000
) -> LoadSummary:
    total = Timing(method="", path="Aggregated", requests=1000, failures=7, p99=p99, **TIMES)
    return LoadSummary(
        workers=3,
        rate=250.0,
        judged=judged,
        judging=0.25,
        processor=60.0,
        late=late,
        total=total,
        operations=(),
        failures=(FailureCount(method="GET", path="/courses", reason="status 503", count=7),),
        limit=limit,
    )


@pytest.mark.parametrize(
    ("found", "exceeds", "is_open"),
    [
        (summary(900, None), False, False),
        (summary(500, 500), False, False),
        (summary(510, 500), True, False),
        # As much as that can be the time that the workers themselves were late.
        (summary(510, 500, late=10), False, True),
        (summary(510, 500, late=9), True, False),
        (summary(490, 500, late=300), False, False),
        (summary(100, None, judged=989), False, True),
        (summary(100, None, judged=990), False, False),
        (summary(900, 500, judged=0), True, True),
    ],
)
def test_a_limit_is_exceeded_kept_or_not_known(
    found: LoadSummary, *, exceeds: bool, is_open: bool
) -> None:
    assert (found.exceeds, found.is_open) == (exceeds, is_open)
    assert bool(found.conclusion) == (exceeds or is_open)


def test_the_conclusion_says_what_was_measured_and_what_to_do() -> None:
    assert summary(1510, 500).conclusion == (
        "the 99th percentile of the response times is 1.51 s, the limit is 500 ms"
    )
    assert "use more workers, or a lower rate" in summary(510, 500, late=400).conclusion
    assert summary(1, None, judged=700).conclusion == (
        "the responses to 300 of 1,000 requests were not judged"
    )
    counted, kept = summary(80, 500).sentences()
    assert counted.startswith("250 requests a second from 3 workers; 7 requests failed; judging")
    assert kept == "99th percentile 80 ms, limit 500 ms: kept"


@pytest.mark.parametrize(
    ("found", "word"),
    [
        (summary(900, 500, judged=0), "exceeded"),
        (summary(510, 500, late=10), "not known"),
        (summary(100, 500, judged=0), "not known"),
        (summary(500, 500, late=10), "kept"),
    ],
)
def test_a_limit_is_said_to_be_what_it_is_for_the_run(found: LoadSummary, word: str) -> None:
    assert [*found.sentences()][-1].endswith(f", limit 500 ms: {word}")

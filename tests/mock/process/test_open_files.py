from __future__ import annotations

import pytest

from ruangkerja.mock.process import open_files

resource = pytest.importorskip("resource")


def limited(monkeypatch: pytest.MonkeyPatch, soft: int, hard: int) -> dict[str, tuple[int, int]]:
    limits = {"now": (soft, hard)}
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits["now"])
    monkeypatch.setattr(resource, "setrlimit", lambda _, value: limits.update(now=value))
    return limits


def test_the_limit_is_raised_as_far_as_the_process_may(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = limited(monkeypatch, 1024, 20_000)
    assert open_files.raise_limit() is None
    assert limits["now"] == (20_000, 20_000)
    assert open_files.most_connections() > 19_000


def test_a_limit_that_holds_few_connections_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, 256, 512)
    warning = open_files.raise_limit()
    assert warning is not None
    assert "only 512 files" in warning
    assert f"{open_files.most_connections()} connections" in warning


def test_without_a_limit_there_is_nothing_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    unlimited = resource.RLIM_INFINITY
    limited(monkeypatch, unlimited, unlimited)
    assert open_files.raise_limit() is None

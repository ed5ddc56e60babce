from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ruangkerja.mock.serve.reload import Reloaded
from ruangkerja.mock.serve.watched import watched
from ruangkerja.mock.settings import Settings
from ruangkerja.spec import contract as contracts

from ..conftest import Caller

if TYPE_CHECKING:
    from pathlib import Path

SCENARIO = "description: x\nwhen: {courseSerial: MINE}\ntotal: "


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    stat = path.stat()
    write.count += 1  # type: ignore[attr-defined]
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + write.count))  # type: ignore[attr-defined]


write.count = 0  # type: ignore[attr-defined]


def test_an_edit_is_served_and_a_broken_one_is_not(tmp_path: Path, root: Path) -> None:
    spec, scenario = tmp_path / "openapi.yaml", tmp_path / "courses" / "mine.yaml"
    scenario.parent.mkdir()
    text = (root / "spec" / "openapi.yaml").read_text(encoding="utf-8")
    write(spec, text)
    write(scenario, f"{SCENARIO}3\n")
    settings = Settings(spec=spec, fixtures=(scenario.parent,))
    contract = contracts.load(spec)
    told: list[str] = []
    reloaded = Reloaded(watched(contract, settings), contract, settings, told.append)
    call = Caller(reloaded)

    def total() -> int:
        number: int = call.users("MINE").json["data"]["totalItems"]
        return number

    assert total() == 3
    write(scenario, f"{SCENARIO}4\n")
    reloaded.refresh()
    assert total() == 4
    write(scenario, f"{SCENARIO}many\n")
    reloaded.refresh()
    assert total() == 4
    assert "mine.yaml:3: total is" in told[-1]
    assert "the last good version stays" in told[-1]
    write(spec, text.replace("maximum: 100", "maximum: 20"))
    write(scenario, f"{SCENARIO}5\n")
    reloaded.refresh()
    assert call.users("MINE", size=21).status == 400
    write(spec, "openapi: [")
    reloaded.refresh()
    assert call.users("MINE", size=20).status == 200
    assert "openapi.yaml:2: is not YAML" in told[-1]


def test_an_edit_that_keeps_the_size_and_the_time_is_seen(tmp_path: Path) -> None:
    scenario = tmp_path / "mine.yaml"
    scenario.write_text(f"{SCENARIO}3\n")
    settings, contract = Settings(fixtures=(tmp_path,)), contracts.load()
    told: list[str] = []
    reloaded = Reloaded(watched(contract, settings), contract, settings, told.append)
    times = (scenario.stat().st_atime_ns, scenario.stat().st_mtime_ns)
    scenario.write_text(f"{SCENARIO}4\n")
    os.utime(scenario, ns=times)
    assert reloaded.refresh()
    assert Caller(reloaded).users("MINE").json["data"]["totalItems"] == 4
    scenario.write_text(f"{SCENARIO.replace('MINE', 'COURSE-EMPTY')}5\n")
    reloaded.refresh()
    note = f"scenario: {scenario} replaces the built-in scenario COURSE-EMPTY"
    assert told == ["reloaded", f"reloaded\n{note}"]

"""HAR files are read an entry at a time, as far as they go, and within limits."""

from __future__ import annotations

import json
import os
import re
import zipfile
from contextlib import suppress
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ruangkerja.traffic.recording import har_file
from ruangkerja.traffic.recording.har_file import HarFile, NotHarError

if TYPE_CHECKING:
    from pathlib import Path

text = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats(-1e9, 1e9) | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=6,
)
a_file = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def har(entries: Any, **log: Any) -> str:
    return json.dumps({"log": {"pages": [{"log": {"entries": [1]}}], **log, "entries": entries}})


def read(path: Path, content: bytes) -> tuple[list[Any], HarFile]:
    (path / "a.har").write_bytes(content)
    file = HarFile(path / "a.har")
    return list(file.entries()), file


@a_file
@given(entries=st.lists(values, max_size=5), escaped=st.booleans())
def test_entries_come_as_they_are_written(
    entries: list[Any], escaped: bool, tmp_path: Path
) -> None:
    log = {"log": {"version": "1.2", "entries": entries, "creator": {"name": "a"}}}
    written = json.dumps(log, ensure_ascii=escaped, indent=1).encode()
    found, file = read(tmp_path, b"\xef\xbb\xbf \n" + written)
    assert found == entries
    assert (file.creator, file.problem) == ("a", None)


@a_file
@given(entries=st.lists(values, min_size=1, max_size=5), length=st.integers(0, 400))
def test_a_file_that_is_cut_off_gives_what_was_whole(
    entries: list[Any], length: int, tmp_path: Path
) -> None:
    whole = har(entries)
    cut = whole[: len(whole) - 1 - min(length, len(json.dumps(entries)))]
    found: list[Any] = []
    with suppress(NotHarError):
        found, file = read(tmp_path, cut.encode())
        assert file.problem is not None
        assert file.problem.endswith("after it, the file ends in the middle")
    # A number may be cut off and still be one: the last one is not compared.
    assert found[:-1] == entries[: len(found)][:-1]


def test_other_bytes_than_utf_8_are_replaced(tmp_path: Path) -> None:
    found, _ = read(tmp_path, b'{"log": {"entries": ["caf\xe9", "\xff"]}}')
    assert found == ["caf\ufffd", "\ufffd"]


@pytest.mark.parametrize("broken", ['"a" "b"', "nothing", "1;2", "1" * 5000, "1e999"])
def test_a_value_that_is_not_json_is_told_apart_from_a_cut(broken: str, tmp_path: Path) -> None:
    content = f'{{"log": {{"entries": [{{"a": 1}}, {broken}, "more"]}}}}'
    found, file = read(tmp_path, content.encode())
    assert found[0] == {"a": 1}
    assert file.problem is not None
    assert "in the middle" not in file.problem


def test_an_entry_without_end_is_not_read_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(har_file, "LARGEST_ENTRY", 1_000_000)
    content = b'{"log": {"entries": [1, "' + b"a" * 1_500_000 + b'"]}}'
    found, file = read(tmp_path, content)
    assert found == [1]
    assert file.problem is not None
    assert file.problem.endswith("after it, an entry is longer than 1,000,000 bytes")


def test_many_entries_may_be_longer_than_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(har_file, "LARGEST_ENTRY", 200_000)
    found, file = read(tmp_path, har(["a" * 100_000] * 10).encode())
    assert len(found) == 10
    assert file.problem is None


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"log": '])
def test_a_value_that_is_nested_without_end_is_said(opening: str, tmp_path: Path) -> None:
    found, file = read(tmp_path, b'{"log": {"entries": [1, ' + opening.encode() * 200_000)
    assert found == [1]
    assert file.problem is not None
    assert file.problem.endswith("after it, values are nested more than 500 deep")


def archive(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return path


def first_attached(path: Path, name: str) -> bytes | None:
    """The body of that name, while the entries are read."""
    file = HarFile(path)
    return next(file.attached(name) for _ in file.entries())


def test_bodies_are_read_beside_the_file_and_nowhere_else(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "deeper").mkdir(parents=True)
    (tmp_path / "secret").write_bytes(b"secret")
    (folder / "body.json").write_bytes(b"{}")
    (folder / "deeper" / "body.json").write_bytes(b"[]")
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "up").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    (folder / "a.har").write_text(har([1]))

    def attached(name: str) -> bytes | None:
        return first_attached(folder / "a.har", name)

    assert attached("body.json") == b"{}"
    assert attached("deeper/body.json") == b"[]"
    outside = ["../secret", str(tmp_path / "secret"), "link", "up/secret", "deeper/../../secret"]
    odd = ["gone", "", ".", "deeper", "pipe", "nul\0", "x" * 5000, "/dev/zero", "\ud800"]
    assert [attached(name) for name in outside + odd] == [None] * 14


@pytest.mark.parametrize("inside", ["", "x/"])
def test_a_zip_file_holds_a_recording_and_its_bodies(inside: str, tmp_path: Path) -> None:
    files = {f"{inside}har.har": har([1, 2]).encode(), f"{inside}body.json": b"{}"}
    path = archive(tmp_path / "a.zip", {**files, "__MACOSX/x/._har.har": b"x"})
    (tmp_path / "beside.json").write_bytes(b"{}")
    assert list(HarFile(path).entries()) == [1, 2]
    assert first_attached(path, "body.json") == b"{}"
    assert first_attached(path, "../body.json") is None
    assert first_attached(path, "beside.json") is None


def test_a_body_that_is_too_large_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(har_file, "LARGEST_ENTRY", 1000)
    path = archive(tmp_path / "a.zip", {"har.har": har([1]).encode(), "body": b"a" * 1001})
    assert first_attached(path, "body") is None


def damaged(path: Path, *, at: float) -> Path:
    """The file with some bytes of it replaced."""
    data = bytearray(path.read_bytes())
    start = int(len(data) * at)
    data[start : start + 40] = b"\xff" * 40
    path.write_bytes(data)
    return path


def test_a_zip_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    none = archive(tmp_path / "none.zip", {"trace.network": b"{}"})
    two = archive(tmp_path / "two.zip", {"a.har": b"{}", "b.har": b"{}"})
    cut = tmp_path / "cut.zip"
    cut.write_bytes(none.read_bytes()[:50])
    broken = archive(tmp_path / "broken.zip", {"a.har": har(list(range(5000))).encode()})
    for path, said in [
        (none, "with no .har files in it, not one"),
        (two, "with 2 .har files in it, not one"),
        (cut, "is a .zip file that cannot be read"),
        (damaged(broken, at=0.01), "is not a HAR file"),
    ]:
        with pytest.raises(NotHarError, match=re.escape(said)) as raised:
            list(HarFile(path).entries())
        assert str(path) in str(raised.value)


def test_a_damaged_recording_in_a_zip_file_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = [blake2b(bytes([i % 256, i // 256])).hexdigest() for i in range(5000)]
    path = archive(tmp_path / "a.zip", {"a.har": har(whole).encode()})
    file = HarFile(damaged(path, at=0.7))
    found = list(file.entries())
    assert 1000 < len(found) < 5000
    assert file.problem is not None
    assert f"was read up to entry {len(found)}; after it, " in file.problem

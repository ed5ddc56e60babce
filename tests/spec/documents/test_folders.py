"""What is in a folder of YAML files beside them neither stops nor blocks anybody."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from ruangkerja.spec.documents.folders import skipped, yaml_files

if TYPE_CHECKING:
    from pathlib import Path


def fill(folder: Path) -> None:
    (folder / "a.yaml").write_text("a: 1")
    (folder / "linked.yml").symlink_to(folder / "a.yaml")
    (folder / "._a.yaml").write_bytes(b"\0\5\x16\7")
    (folder / ".#a.yaml").symlink_to("somebody@host.4711")
    (folder / "gone.yaml").symlink_to(folder / "nowhere")
    (folder / "folder.yaml").mkdir()
    (folder / "a.yaml~").write_text("not YAML at all")
    (folder / "README.md").write_text("text")
    os.mkfifo(folder / "pipe.yaml")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "s.yaml"))


def test_only_files_are_read_and_each_other_thing_is_named_with_the_reason(tmp_path: Path) -> None:
    fill(tmp_path)
    assert [path.name for path in yaml_files(tmp_path)] == ["a.yaml", "linked.yml"]
    prefix = f"skipped: {tmp_path}/"
    assert [text.removeprefix(prefix) for text in skipped(tmp_path)] == [
        ".#a.yaml: its name begins with a dot",
        "._a.yaml: its name begins with a dot",
        "folder.yaml: a folder",
        "gone.yaml: a link that leads nowhere",
        "pipe.yaml: no regular file",
        "s.yaml: no regular file",
    ]


def test_a_folder_that_is_missing_has_no_files(tmp_path: Path) -> None:
    assert yaml_files(tmp_path / "faults") == []
    assert list(skipped(tmp_path / "faults")) == []

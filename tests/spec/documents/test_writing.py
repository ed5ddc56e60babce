"""Files appear whole or not at all, and nothing is written through a link."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from ruangkerja.spec.documents import writing

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A file of somebody else, which links lead to."""
    path = tmp_path / "other"
    path.write_text("other")
    return path


@pytest.mark.parametrize("private", [True, False])
def test_a_link_is_replaced_and_what_it_leads_to_stays(
    tmp_path: Path, other: Path, private: bool
) -> None:
    path = tmp_path / "report.json"
    path.symlink_to(other)
    (tmp_path / f".report.json.{os.getpid()}").symlink_to(other)
    writing.write(path, "\ud800 text", private=private)
    assert (path.read_text(), other.read_text()) == ("\\ud800 text", "other")
    assert not path.is_symlink()
    assert path.stat().st_mode & 0o777 == (0o600 if private else 0o666 & ~umask())
    assert sorted(each.name for each in tmp_path.iterdir()) == ["other", "report.json"]


def umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def test_a_file_is_made_anew_or_written_again_but_not_through_a_link(
    tmp_path: Path, other: Path
) -> None:
    path = tmp_path / "part"
    path.symlink_to(other)
    with pytest.raises(OSError, match=os.strerror(errno.ELOOP)):
        writing.overwrite(path)
    with writing.create(path) as file:
        file.write("1")
    with writing.overwrite(path) as file:
        file.write("2")
    assert (path.read_text(), other.read_text()) == ("2", "other")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_text_that_cannot_be_completed_leaves_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "exchanges.har"
    path.write_text("before")

    def fill() -> None:
        with writing.whole(path) as file:
            file.write("half")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left") as raised:
        fill()
    assert raised.value.filename == str(path)
    assert [each.name for each in tmp_path.iterdir()] == ["exchanges.har"]
    assert path.read_text() == "before"


def test_a_new_file_takes_the_place_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "waivers.yaml"
    writing.write_new(path, "one")
    link = tmp_path / "link.yaml"
    link.symlink_to(tmp_path / "nowhere")
    for each in (path, link):
        with pytest.raises(FileExistsError):
            writing.write_new(each, "two")
    assert path.read_text() == "one"
    assert not (tmp_path / "nowhere").exists()


def test_a_new_file_needs_no_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def has_none(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", has_none)
    test_a_new_file_takes_the_place_of_nothing(tmp_path)


def test_a_folder_that_is_a_link_is_refused_with_the_one_to_name(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "reports").symlink_to(tmp_path / "there")
    with pytest.raises(OSError, match=f"name the folder that it leads to, {tmp_path / 'there'}"):
        writing.make_folder(tmp_path / "reports")
    writing.make_folder(tmp_path / "reports" / "new")  # the link is of the same user
    assert (tmp_path / "there" / "new").is_dir()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a link of another user")
def test_a_folder_below_a_link_of_another_user_is_refused(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link = tmp_path / "given"
    link.symlink_to(tmp_path / "there")
    os.lchown(link, 65534, 65534)
    with pytest.raises(OSError, match="below a link of another user"):
        writing.make_folder(link / "reports")
    assert not (tmp_path / "there" / "reports").exists()

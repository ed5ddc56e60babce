"""Files that appear whole or not at all, and are never written through a link.

A file is written under another name in the same folder, and renamed when it is complete and on
disk. A link in its place is replaced. Folders may be below links of your own, such as /tmp on some
systems, but not below those of other users, and a folder that is a link itself is refused: what is
checked out or unpacked would decide what is overwritten.
"""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING, TextIO

from ..visible import encodable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_PRIVATE, _PUBLIC = 0o600, 0o666


def make_folder(folder: Path) -> None:
    """Create a folder if it is missing.

    Raises NotADirectoryError if it is a link, or is below a link of another user.
    """
    if folder.is_symlink():
        what = f"is a link; name the folder that it leads to, {folder.resolve()}"
        raise NotADirectoryError(errno.ENOTDIR, what, str(folder))
    for parent in folder.absolute().parents:
        if parent.is_symlink() and hasattr(os, "getuid"):
            owner = parent.lstat().st_uid
            if owner not in {0, os.getuid()}:
                what = f"is below a link of another user, {parent}; name the folder it leads to"
                raise NotADirectoryError(errno.ENOTDIR, what, str(folder))
    folder.mkdir(parents=True, exist_ok=True)


def write(path: Path, text: str, *, private: bool = False, durable: bool = True) -> None:
    """Write or replace a file; only its owner can read a `private` one.

    A `durable` one outlasts a loss of power. Characters that UTF-8 cannot encode are written as
    escapes. Raises OSError, which names the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path, private=private, durable=durable) as file:
        file.write(encodable(text))


def write_new(path: Path, text: str) -> None:
    """Write a file; raise FileExistsError if it or a link of its name is there already."""
    with whole(path, settle_new, private=False) as file:
        file.write(encodable(text))


def settle_new(unfinished: Path, path: Path) -> None:
    """Give a complete file its name; raise FileExistsError if something has it already."""
    try:
        os.link(unfinished, path)
    except FileExistsError:
        raise
    except OSError:  # not all file systems have hard links
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        unfinished.replace(path)


@contextlib.contextmanager
def whole(
    path: Path,
    settle: Callable[[Path, Path], object] = os.replace,
    *,
    private: bool = True,
    durable: bool = True,
) -> Iterator[TextIO]:
    """Open a file that gets its name when the `with` statement ends without an error."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with create(unfinished, private=private) as file:
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        settle(unfinished, path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


def create(path: Path, *, private: bool = True) -> TextIO:
    """Open a new file, in place of a file or a link of this name; it can be read, too."""
    path.unlink(missing_ok=True)
    mode = _PRIVATE if private else _PUBLIC

    def opened(name: str, flags: int) -> int:
        return os.open(name, flags | os.O_EXCL, mode)

    return open(path, "w+", encoding="utf-8", opener=opened)


def overwrite(path: Path) -> TextIO:
    """Open a file to write another text in its place; raise OSError if it is a link."""

    def opened(name: str, flags: int) -> int:
        return os.open(name, flags & ~os.O_CREAT | getattr(os, "O_NOFOLLOW", 0))

    return open(path, "w", encoding="utf-8", opener=opened)

"""HAR files, one entry at a time: of any size, and as far as they go if they are not complete.

Playwright can keep bodies in files beside the HAR file, or put all of them into one .zip file.
"""

from __future__ import annotations

import codecs
import lzma
import re
import zipfile
import zlib
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

import ijson  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGEST_ENTRY = 64 * 1024 * 1024
"""Bytes between the ends of two entries."""
DEEPEST = 500
"""Objects and arrays inside each other."""
_STARTS, _ENDS = {"start_map", "start_array"}, {"end_map", "end_array"}
_LOG_DEPTH, _ENTRY_DEPTH = 2, 3
_BEGINNING = 4096
# A file in a .zip file, but none that macOS adds.
_HAR = re.compile(r"(^|/)(?!\._)[^/]*\.har$")
_ZIP = b"PK\x03\x04"
_DAMAGED = (zipfile.BadZipFile, EOFError, lzma.LZMAError, zlib.error)
# Encrypted, or compressed in a way that Python does not know.
_UNREADABLE = (*_DAMAGED, RuntimeError)
_EXPORT = "Save one in the browser's network tab (Export HAR)"


class NotHarError(Exception):
    """A file that is not HAR; the message is one line, and says how to make one."""


class _LimitError(Exception):
    """What stands in a file is larger than what is read; the message says what and how large."""


@dataclass
class HarFile:
    """A HAR file; `creator`, its `comment` and `problem` are known once the entries were read.

    `problem` says where and why reading ended before the end of the file.
    """

    path: Path
    creator: str = ""
    comment: str = ""
    problem: str | None = None
    count: int = field(init=False, default=0)
    _archive: zipfile.ZipFile | None = field(init=False, default=None)
    _inside: str = field(init=False, default="")

    def entries(self) -> Iterator[Any]:
        """Yield the entries in order; raise NotHarError if the file is something else."""
        self.count, self.problem = 0, None
        try:
            with self._opened() as file:
                text = _Text(file)
                try:
                    self._recognize(file.read(_BEGINNING))
                    file.seek(0)
                    yield from self._entries(text)
                except (ijson.JSONError, _LimitError, *_DAMAGED) as error:
                    self._stop(text, error)
        except OSError as error:
            raise NotHarError(f"{self.path} cannot be read: {error.strerror}") from None

    def attached(self, name: str) -> bytes | None:
        """Return a body that the entries name, while they are read.

        Returns None if there is no such file beside the HAR file, or in the same .zip file, or if
        it is larger than an entry may be.
        """
        try:
            with self._attachment(name) as file:
                body = file.read(LARGEST_ENTRY + 1)
        except (OSError, ValueError, KeyError, *_UNREADABLE):
            return None
        return body if len(body) <= LARGEST_ENTRY else None

    def _attachment(self, name: str) -> IO[bytes]:
        if self._archive is not None:
            return self._archive.open(self._inside + name)
        folder = self.path.parent.resolve()
        file = (folder / name).resolve()
        if not (file.is_relative_to(folder) and file.is_file()):
            raise FileNotFoundError(name)
        return file.open("rb")

    @contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        """Open the HAR file, which may be in a .zip file."""
        self._archive = None
        with self.path.open("rb") as file, ExitStack() as opened:
            is_zip = file.read(len(_ZIP)) == _ZIP
            found = opened.enter_context(self._in_archive(file, opened)) if is_zip else file
            found.seek(0)
            yield found

    def _in_archive(self, file: IO[bytes], opened: ExitStack) -> IO[bytes]:
        try:
            self._archive = opened.enter_context(zipfile.ZipFile(file))
            found = [name for name in self._archive.namelist() if _HAR.search(name)]
            if len(found) == 1:
                self._inside = found[0].rpartition("/")[0] + "/" * ("/" in found[0])
                return self._archive.open(found[0])
        except _UNREADABLE as error:
            raise NotHarError(f"{self.path} is a .zip file that cannot be read: {error}") from None
        count = len(found) or "no"
        raise NotHarError(f"{self.path} is a .zip file with {count} .har files in it, not one")

    def _stop(self, text: _Text, error: Exception) -> None:
        reason = str(error)
        if isinstance(error, ijson.JSONError):
            # What is not JSON is found when it is read, and only what is missing at the end.
            reason = f"a value is not JSON: {reason.partition(chr(10))[0]}"
            reason = "the file ends in the middle" if text.ended else reason
        self.problem = f"{self.path} was read up to entry {self.count}; after it, {reason}"
        if not self.count:
            raise NotHarError(f"{self.path} is not a HAR file: {reason}")

    def _describe(self, name: str, value: str) -> None:
        """Keep a member of the creator."""
        if name == "name":
            self.creator = value
        elif name == "comment":
            self.comment = value

    def _recognize(self, beginning: bytes) -> None:
        first = beginning.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
        if first.isdigit():
            raise NotHarError(
                f"{self.path} looks like a dump of mitmproxy. Make a HAR file of it: mitmdump -nr "
                f"{self.path} --set hardump=flows.har"
            )
        if first != b"{":
            raise NotHarError(f"{self.path} is not a HAR file: it is not even JSON. {_EXPORT}")

    def _entries(self, text: _Text) -> Iterator[Any]:
        found, depth = False, 0
        names: list[str] = []  # of the members that are open, from the outermost
        entry: ijson.ObjectBuilder | None = None
        # Without use_float, an integer of many thousand digits raises SystemError.
        for event, value in ijson.basic_parse(text, use_float=True):
            depth -= event in _ENDS
            if entry is None and found and depth == _ENTRY_DEPTH and names == ["log", "entries"]:
                entry = ijson.ObjectBuilder()
            if entry is not None:
                entry.event(event, value)
            elif event == "map_key":
                names[depth - 1 :] = [value]
            elif event == "start_array" and names == ["log", "entries"]:
                found = found or depth == _LOG_DEPTH
            elif event == "string" and names[:-1] == ["log", "creator"]:
                self._describe(names[-1], value)
            depth += event in _STARTS
            if depth > DEEPEST:
                raise _LimitError(f"values are nested more than {DEEPEST} deep")
            if entry is not None and depth == _ENTRY_DEPTH:
                self.count += 1
                text.since_entry = 0
                yield entry.value
                entry = None
        if not found:
            raise NotHarError(
                f"{self.path} is JSON, but not a HAR file: it has no log with entries. {_EXPORT}"
            )


class _Text:
    """A file as UTF-8, whatever bytes stand in it, without a byte order mark."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self.since_entry = 0
        self.ended = False

    def read(self, size: int) -> bytes:
        """Read on; raise _LimitError if the last entry ended too far back."""
        if self.since_entry > LARGEST_ENTRY:
            raise _LimitError(f"an entry is longer than {LARGEST_ENTRY:,} bytes")
        text = ""
        while size and not text and not self.ended:
            data = self._file.read(size)
            self.since_entry += len(data)
            self.ended = not data
            text = self._decoder.decode(data, final=self.ended)
        return text.encode()

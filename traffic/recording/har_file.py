"""HAR files, an entry at a time: of any size, and as far as they go where they are not whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .json_stream import JsonStream, StreamError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class NotHarError(Exception):
    """A file that is no HAR at all; the message is one line, and says what would be right."""


@dataclass
class HarFile:
    """A HAR file; what is said besides the entries is known when they were read.

    `problem` says where and why the reading ended before the end of the file.
    """

    path: Path
    creator: str = ""
    problem: str | None = None
    count: int = field(init=False, default=0)

    def entries(self) -> Iterator[Any]:
        """Give the entries in order; raise NotHarError where the file is something else."""
        self.count, self.problem = 0, None
        try:
            with self.path.open("rb") as file:
                stream = JsonStream(file)
                self._recognise(stream.peek(), file.name)
                yield from self._entries(stream)
        except OSError as error:
            raise NotHarError(f"{self.path} cannot be read: {error.strerror}") from None
        except StreamError as error:
            self.problem = f"{self.path} was read up to entry {self.count}: behind it {error}"
            if not self.count:
                raise NotHarError(f"{self.path} is no HAR file: {error}") from None

    def _recognise(self, first: str, name: str) -> None:
        if first.isdecimal():
            raise NotHarError(
                f"{name} looks like a dump of mitmproxy. Make a HAR file of it: mitmdump -nr "
                f"{name} --set hardump=flows.har"
            )
        if first != "{":
            raise NotHarError(
                f"{name} is no HAR file: it is not even JSON. Save one in the browser's network "
                "tab (Export HAR)"
            )

    def _entries(self, stream: JsonStream) -> Iterator[Any]:
        found = False
        for name in stream.members():
            if name != "log":
                stream.value()
                continue
            for inner in stream.members():
                if inner == "entries":
                    found = True
                    for entry in stream.elements():
                        self.count += 1
                        yield entry
                elif inner == "creator":
                    self.creator = _name_of(stream.value())
                else:
                    stream.value()
        if not found:
            raise NotHarError(
                f"{self.path} is JSON, but no HAR file: it has no log with entries. Save one in "
                "the browser's network tab (Export HAR)"
            )


def _name_of(creator: Any) -> str:
    name = creator.get("name") if isinstance(creator, dict) else None
    return name if isinstance(name, str) else ""

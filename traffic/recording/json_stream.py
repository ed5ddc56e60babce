"""JSON of any length, read a value at a time, and as far as it goes where it is cut off."""

from __future__ import annotations

import codecs
import json
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST = 64 * 1024 * 1024
"""Characters of one value."""
_CHUNK = 256 * 1024
_SPACE = " \t\n\r"
# How close to the end of a text its parser gives up on it where only the rest is missing.
_NEAR_END = 8
_LONGEST_SIGN = 3


class StreamError(Exception):
    """The text is no JSON from some place on; the message says how."""


class CutOffError(StreamError):
    """The text ends in the middle."""


class JsonStream:
    """Reads values from a file that is open for bytes."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._json = json.JSONDecoder()
        self._buffer, self._position, self._ended = "", 0, False

    def members(self) -> Iterator[str]:
        """Give the names of an object's members; who takes one has to read its value."""
        self._expect("{")
        if self._take("}"):
            return
        while True:
            name = self.value()
            if not isinstance(name, str):
                raise StreamError("a member has no name")
            self._expect(":")
            yield name
            if self._take("}"):
                return
            self._expect(",")

    def elements(self) -> Iterator[Any]:
        """Give the elements of an array."""
        self._expect("[")
        if self._take("]"):
            return
        while True:
            yield self.value()
            if self._take("]"):
                return
            self._expect(",")

    def value(self) -> Any:
        """Read a whole value."""
        self.peek()
        while True:
            try:
                value, end = self._json.raw_decode(self._buffer, self._position)
            except json.JSONDecodeError as error:
                if not self._more():
                    raise self._given_up(error) from None
                continue
            except RecursionError:
                raise StreamError("a value is nested too deeply") from None
            length = end - self._position
            if end > len(self._buffer) - _LONGEST_SIGN and self._more():
                continue  # a number may go on, with e+7 for one
            self._position += length
            return value

    def peek(self) -> str:
        """Give the next character that is no blank, '' at the end."""
        while True:
            while self._position < len(self._buffer):
                if self._buffer[self._position] not in _SPACE:
                    return self._buffer[self._position]
                self._position += 1
            if not self._more():
                return ""

    def _more(self) -> bool:
        """Read on, twice as far each time; tell whether there was anything."""
        if self._ended:
            return False
        rest = self._buffer[self._position :]
        if len(rest) > LARGEST:
            raise StreamError(f"a value is longer than {LARGEST:,} characters")
        data = self._file.read(max(_CHUNK, len(rest)))
        self._ended = not data
        self._buffer = rest + self._decoder.decode(data, final=self._ended)
        self._position = 0
        return not self._ended or len(self._buffer) > len(rest)

    def _take(self, character: str) -> bool:
        found = self.peek() == character
        self._position += found
        return found

    def _expect(self, character: str) -> None:
        if self._take(character):
            return
        found = self.peek()
        # Of a number that is cut off, what is whole was taken for all of it.
        part = found in ".eE" and len(self._buffer) - self._position < _LONGEST_SIGN
        if not found or (part and not self._more()):
            raise CutOffError("the file ends in the middle")
        raise StreamError(f"{character!r} is expected, and {found!r} stands there")

    @staticmethod
    def _given_up(error: json.JSONDecodeError) -> StreamError:
        unterminated = error.msg.startswith("Unterminated string")
        if unterminated or error.pos >= len(error.doc) - _NEAR_END:
            return CutOffError("the file ends in the middle")
        return StreamError(f"a value is no JSON: {error.msg}")

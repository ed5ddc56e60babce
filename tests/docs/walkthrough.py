"""A Markdown page as a walk-through: its blocks are carried out as a reader would.

What a fenced block is follows from its language and its title:

- `sh` is run in bash, `python` by Python; what they print has to be what the next `text` says.
- A block with a title is a file of that name, written before the next block is run.
- `yaml` and `json` without a title have to be readable; any other language is left alone.

In a `text` block `…` stands for any text in a line, and alone in a line for any lines at all. A
comment in the line before a block says what is different about it:

    <!-- background -->            it is a server, which runs until the end of the page
    <!-- exits 1 -->               its exit code, if that is not 0
    <!-- needs npx -->             it is passed over where there is no such command
    <!-- shown by users.html -->   it is what a browser shows of that file
    <!-- not run: REASON -->       it is not run, for this reason
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ANY = "…"
RUN = ("sh", "python")

_FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>`{3,})(?P<language>[\w-]*)(?P<more>.*)$")
_TITLE = re.compile(r'\btitle="([^"]+)"')
_MARK = re.compile(r"^ *<!-- (?P<text>.*) -->$")
_MARKS = {
    "background": re.compile(r"background()"),
    "exits": re.compile(r"exits (\d+)"),
    "needs": re.compile(r"needs ([\w-]+)"),
    "shown by": re.compile(r"shown by (\S+)"),
    "not run": re.compile(r"not run: (.+)"),
}


class PageError(AssertionError):
    """A page cannot be carried out, or says what is not so; begins with FILE:LINE."""


@dataclass(frozen=True)
class Block:
    """One fenced block; `place` is FILE:LINE of its first line, `marks` what is said before it."""

    language: str
    title: str
    text: str
    place: str
    marks: dict[str, str]


@dataclass(frozen=True)
class Step:
    """A block to carry out, and what it is to print, if the page says so."""

    block: Block
    output: Block | None


def steps(path: Path) -> list[Step]:
    """Read the steps of a page; raise PageError where a block or a comment has no sense."""
    found: list[Step] = []
    for block in blocks(path):
        if "not run" in block.marks:
            continue
        if block.language != "text" or block.title or "shown by" in block.marks:
            found.append(Step(block, None))
        elif found and found[-1].block.language in RUN and found[-1].output is None:
            found[-1] = Step(found[-1].block, block)
        else:
            raise PageError(f"{block.place}: this is the output of nothing; is `not run` meant?")
    return found


def blocks(path: Path) -> Iterator[Block]:
    """Return the fenced blocks of a page."""
    lines = path.read_text(encoding="utf-8").splitlines()
    position = 0
    while position < len(lines):
        opened = _FENCE.match(lines[position])
        if opened is None:
            position += 1
            continue
        start, indent = position + 1, opened["indent"]
        end = next((n for n in range(start, len(lines)) if lines[n] == indent + opened["ticks"]), 0)
        if not end:
            raise PageError(f"{path.name}:{start}: this block is never closed")
        title = _TITLE.search(opened["more"])
        yield Block(
            opened["language"],
            title[1] if title else "",
            "".join(f"{line.removeprefix(indent)}\n" for line in lines[start:end]),
            f"{path.name}:{start}",
            dict(_marks(path, lines, start - 1)),
        )
        position = end + 1


def _marks(path: Path, lines: list[str], fence: int) -> Iterator[tuple[str, str]]:
    """Read the comments right before a fence."""
    while fence and (comment := _MARK.match(lines[fence - 1])):
        read = ((name, form.fullmatch(comment["text"])) for name, form in _MARKS.items())
        found = [(name, match[1]) for name, match in read if match]
        if not found:
            known = ", ".join(_MARKS)
            what = f"{comment['text']!r} says nothing about a block; known are {known}"
            raise PageError(f"{path.name}:{fence}: {what}")
        yield from found
        fence -= 1


def agrees(expected: str, actual: str) -> bool:
    """Whether a text is as it is expected, but for what `…` stands for and for blanks at ends."""
    parts = []
    for line in expected.strip("\n").splitlines():
        if line.strip() == ANY:
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            words = (re.escape(part) for part in line.rstrip().split(ANY))
            parts.append(r"[^\n]*?".join(words) + r"[ \t]*\n")
    return re.fullmatch("".join(parts), actual.strip("\n") + "\n") is not None

"""Markdown elements of the reference pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table without the columns that are empty in all rows."""
    body = [[cell(text) for text in row] for row in rows]
    shown = [n for n in range(len(head)) if any(row[n] for row in body)]
    if not shown:
        return ""
    lines = [[head[n] for n in shown], ["---"] * len(shown)]
    lines += [[row[n] for n in shown] for row in body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def cell(text: str) -> str:
    """Return a text for a cell: on one line, with escaped pipes."""
    return " ".join(text.split()).replace("|", "\\|")


def code(text: object) -> str:
    """Return a text as inline code, or an empty string for an empty text."""
    plain = " ".join(str(text).split())
    if not plain:
        return ""
    ticks = "``" if "`" in plain else "`"
    return f"{ticks} {plain} {ticks}" if "`" in plain else f"{ticks}{plain}{ticks}"


def block(text: str, language: str) -> str:
    """Return a fenced block."""
    return f"```{language}\n{text.rstrip()}\n```\n"


def as_yaml(value: Any) -> str:
    """Return a value as a fenced block of YAML."""
    text = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=88)
    return block(text.removesuffix("...\n"), "yaml")


def heading(level: int, title: str, anchor: str) -> str:
    """Return a heading with an anchor that does not depend on its title."""
    return f'<a id="{anchor}"></a>\n\n{"#" * level} {title}\n'


def paragraphs(text: str) -> str:
    """Return a description, followed by a blank line."""
    return f"{text.strip()}\n"

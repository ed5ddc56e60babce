"""The little Markdown that the reference pages are written in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table; a column that is empty in every row is left out."""
    body = [[cell(text) for text in row] for row in rows]
    shown = [n for n in range(len(head)) if any(row[n] for row in body)]
    if not shown:
        return ""
    lines = [[head[n] for n in shown], ["---"] * len(shown)]
    lines += [[row[n] for n in shown] for row in body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def cell(text: str) -> str:
    """Keep a text in its cell."""
    return " ".join(text.split()).replace("|", "\\|")


def code(text: object) -> str:
    """Write what is to be read letter by letter; nothing where there is nothing."""
    plain = " ".join(str(text).split())
    if not plain:
        return ""
    ticks = "``" if "`" in plain else "`"
    return f"{ticks} {plain} {ticks}" if "`" in plain else f"{ticks}{plain}{ticks}"


def block(text: str, language: str) -> str:
    """Write a fenced block."""
    return f"```{language}\n{text.rstrip()}\n```\n"


def as_yaml(value: Any) -> str:
    """Write a value as a fenced block of YAML."""
    text = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=88)
    return block(text.removesuffix("...\n"), "yaml")


def heading(level: int, title: str, anchor: str) -> str:
    """Write a heading that can be linked to by `anchor`, whatever becomes of its title."""
    return f"{'#' * level} {title} {{#{anchor}}}\n"


def paragraphs(text: str) -> str:
    """Give a description with Markdown's blank line at its end."""
    return f"{text.strip()}\n"

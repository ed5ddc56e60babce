"""Texts from a server, fit to be looked at: nothing in them hides, or turns a line around."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from ...spec.model import lookup
from ...spec.source import split
from ..evidence.strict_json import safe

if TYPE_CHECKING:
    from ..evidence.finding import Finding

_ELEMENTS = re.compile(r'"(\[…[0-9]+ elements…\])"')
_ODD = re.compile(r"[^\n\t -~]+")


def visible(text: str) -> str:
    """Give a text in which every character can be seen, or stands as its escape."""
    return _ODD.sub(lambda found: "".join(map(_shown, found[0])), safe(text))


def line(text: str) -> str:
    """Give a text in one line, in which every character can be seen."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def _shown(character: str) -> str:
    # Controls, characters that turn a text around or have no width, and odd separators of lines.
    odd = unicodedata.category(character) in {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
    return f"\\u{ord(character):04x}" if odd else character


def cut_middle(text: str, longest: int) -> str:
    """Shorten a text in its middle, where it is longer than so many characters, and say so."""
    if len(text) <= longest:
        return text
    half = longest // 2
    left_out = len(text) - 2 * half
    return f"{text[:half]}\n… {left_out:,} characters left out …\n{text[len(text) - half :]}"


def body(data: bytes, longest: int) -> str:
    """Give a body as text, bytes that are no UTF-8 as escapes, cut in its middle."""
    # Of a large body no more is decoded than is shown.
    if len(data) > 8 * longest + 8:
        edge = 4 * longest
        head, tail = data[:edge].decode("utf-8", "ignore"), data[-edge:].decode("utf-8", "ignore")
        half = longest // 2
        left_out = f"\n… {len(data) - 2 * half:,} bytes left out …\n"
        return visible(f"{head[:half]}{left_out}{tail[len(tail) - half :]}")
    return cut_middle(visible(data.decode("utf-8", "backslashreplace")), longest)


def excerpt(finding: Finding, longest: int) -> str:
    """Give the object of an answer that a finding is about, as JSON; '' where there is none."""
    record = finding.record
    if record is None or not record.document.readable:
        return ""
    place = _around(finding)
    value = lookup(record.body, place) if place is not None else None
    if not isinstance(value, dict):
        return ""
    text = json.dumps(_shallow(value), indent=2, ensure_ascii=False)
    return cut_middle(visible(_ELEMENTS.sub(r"\1", text)), longest)


def _around(finding: Finding) -> tuple[str, ...] | None:
    record, field = finding.record, finding.field
    paging = record.operation.pagination if record else None
    if finding.row is not None and paging is not None:
        return (*paging.items, str(finding.row - 1))
    return split(field)[:-1] if field else None


def _shallow(value: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is long in an object that holds the whole list."""
    return {
        name: f"[…{len(each)} elements…]" if isinstance(each, list) and each else each
        for name, each in value.items()
    }

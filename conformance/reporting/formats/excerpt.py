"""Bodies for report.html: the whole body or the part that a finding is about, shortened."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from ....spec.documents.pointers import lookup, split
from ....spec.visible import cut_lines, visible

if TYPE_CHECKING:
    from ...records.finding import Finding

_ELEMENTS = re.compile(r'"(\[…[0-9]+ elements…\])"')


def body(data: bytes, longest: int) -> str:
    """Return a body as text, with bytes that are not UTF-8 escaped, shortened in the middle."""
    # Of a large body no more is decoded than is shown.
    if len(data) > 8 * longest + 8:
        edge = 4 * longest
        head, tail = data[:edge].decode("utf-8", "ignore"), data[-edge:].decode("utf-8", "ignore")
        half = longest // 2
        left_out = f"\n… {len(data) - 2 * half:,} bytes left out …\n"
        return visible(f"{head[:half]}{left_out}{tail[len(tail) - half :]}")
    return cut_lines(visible(data.decode("utf-8", "backslashreplace")), longest)


def of(finding: Finding, longest: int) -> str:
    """Return the object of a response that a finding is about, as JSON; '' where there is none."""
    record = finding.record
    if record is None or not record.document.readable:
        return ""
    place = _around(finding)
    value = lookup(record.body, place) if place is not None else None
    if not isinstance(value, dict):
        return ""
    text = json.dumps(_shallow(value), indent=2, ensure_ascii=False)
    return cut_lines(visible(_ELEMENTS.sub(r"\1", text)), longest)


def _around(finding: Finding) -> tuple[str, ...] | None:
    record, field = finding.record, finding.field
    listing = record.operation.listing if record else None
    if finding.row is not None and listing is not None:
        return (*listing.items, str(finding.row - 1))
    return split(field)[:-1] if field else None


def _shallow(value: dict[str, Any]) -> dict[str, Any]:
    """Return an object with the lists in it replaced by their sizes."""
    return {
        name: f"[…{len(each)} elements…]" if isinstance(each, list) and each else each
        for name, each in value.items()
    }

"""The formats of an export."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MARK = re.compile('"\ue001([0-9]+)\ue001"')
_RUNTIME = Path(__file__).with_name("handlers.js")
_HEADER = """\
// Request handlers for Mock Service Worker (msw 2 and 3), with recorded responses of
// {title}.
// Made by `ruangkerja export msw`; run it again instead of changing this file.
// @ts-nocheck
import {{ HttpResponse, delay, http }} from "msw";

/** @type {{any}} */
const recorded = {data};

{runtime}"""
# Under its own name only in the list of exports, so that it can be a word of JavaScript.
_EXPORT = """
const made{number} = operations[{id}];
export {{ made{number} as {name} }};
"""
_NAME = re.compile(r"(?!(?:handlers|operations)$)[A-Za-z_$][\w$]*", re.ASCII)


def as_json(recorded: Mapping[str, Any]) -> str:
    """Return the recorded responses as JSON, each item of a list in a line."""
    rows: list[str] = []

    def kept(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: [_row(rows, item) for item in each]
                if name == "items" and isinstance(each, list)
                else kept(each)
                for name, each in value.items()
            }
        return [kept(each) for each in value] if isinstance(value, list) else value

    text = json.dumps(kept(recorded), indent=1, ensure_ascii=False)
    return f"{_MARK.sub(lambda found: rows[int(found[1])], text)}\n"


def _row(rows: list[str], item: Any) -> str:
    rows.append(json.dumps(item, ensure_ascii=False))
    return f"\ue001{len(rows) - 1}\ue001"


def as_msw(recorded: Mapping[str, Any]) -> str:
    """Return an ES module with a handler for each operation."""
    title = " ".join(f"{recorded['title']} {recorded['version']}".split())
    made = _HEADER.format(
        title=title, data=as_json(recorded).rstrip(), runtime=_RUNTIME.read_text(encoding="utf-8")
    )
    names = [each["id"] for each in recorded["operations"] if _NAME.fullmatch(each["id"])]
    exports = (
        _EXPORT.format(number=number, id=json.dumps(name), name=name)
        for number, name in enumerate(names)
    )
    return made + "".join(exports)


FORMATS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {"msw": as_msw, "json": as_json}
"""The function that writes what Recorder.record returns, by the name of its format."""

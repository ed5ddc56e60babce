"""Whether a server may be deployed, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ....spec.describing import counted
from ....spec.visible import line
from ...reporting.formats import as_markdown
from .deployment import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .deployment import Decision, Deployment

_MARKS = {Answer.YES: "✅", Answer.NO: "❌", Answer.NOT_JUDGED: "❔"}
_SCHEMA_VERSION = 1
_LONGEST = 3000
"""Characters of a reason in Markdown: it can name all freedoms."""


def conclusion(found: Deployment) -> str:
    """Return the answer in one sentence."""
    answers = [each.answer for each in found.decisions]
    clients = counted(len(answers), "client", "clients")
    if found.answer is Answer.YES:
        return f"may be deployed: it serves {clients}"
    if found.answer is Answer.NO:
        return f"may not be deployed: it does not serve {answers.count(Answer.NO)} of {clients}"
    return f"not judged: {answers.count(Answer.NOT_JUDGED)} of {clients}"


def text(found: Deployment) -> str:
    """Return the answer as text."""
    lines = [f"server {found.target}, checked {found.started}: {found.conclusion}"]
    for each in found.decisions:
        lines.append(
            f"{each.answer:<11} {each.client}{f': {each.grounds}' if each.grounds else ''}"
        )
        lines += (f"    {word}: {reason}" for word, reason in _reasons(each))
    return "\n".join(map(line, (*lines, conclusion(found)))) + "\n"


def json(found: Deployment) -> str:
    """Return the answer as JSON."""
    value = {
        "schema_version": _SCHEMA_VERSION,
        "exit_code": int(found.exit),
        **msgspec.to_builtins(found),
    }
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"


def markdown(found: Deployment) -> str:
    """Return the answer as Markdown."""
    words, code = as_markdown.words, as_markdown.code
    said = conclusion(found)
    paragraphs = [
        f"## {_MARKS[found.answer]} {words(said[:1].upper() + said[1:])}",
        f"{code(found.target)}, checked {code(found.started)}: {words(found.conclusion)}",
    ]
    rows = [
        (code(each.client), f"{_MARKS[each.answer]} {each.answer}", words(each.grounds))
        for each in found.decisions
    ]
    paragraphs.append(as_markdown.table(("Client", "Served", "By its tests"), rows))
    for each in found.decisions:
        reasons = [f"- {word}: {code(reason, _LONGEST)}" for word, reason in _reasons(each)]
        if reasons:
            paragraphs.append("\n".join([f"### {code(each.client)}", "", *reasons]))
    return "\n\n".join(paragraphs) + "\n"


def _reasons(decision: Decision) -> Iterator[tuple[str, str]]:
    for word, reasons in (
        ("no", decision.against),
        ("open", decision.open),
        ("note", decision.notes),
    ):
        yield from ((word, reason) for reason in reasons)


RENDERERS: Mapping[str, Callable[[Deployment], str]] = {
    "text": text,
    "json": json,
    "markdown": markdown,
}
"""How an answer is printed, by the name of the format."""

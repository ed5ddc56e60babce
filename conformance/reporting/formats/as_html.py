"""report.html: the run as one page that needs no other file."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from .... import __version__
from ....spec.register import Level
from ....spec.visible import cut, cut_lines, encodable, visible
from ...verdicts.verdict import MEANINGS, Exit, Outcome
from ..run.causes import causes_of, shown_in
from ..run.model import OF_LIST, where
from ..run.unjudged import by_help
from . import excerpt
from .head import duration, head, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    import jinja2

    from ...http.exchange import Exchange, Headers
    from ...records.finding import Finding
    from ...verdicts.verdict import Verdict
    from ..run.model import Run

LARGEST = 5_000_000
"""The maximum size of the page in bytes."""

_PAGE = Path(__file__).with_name("page")
_HEADLINES = {
    Exit.CONFORMING: ("good", "✓", "Conforming"),
    Exit.NOT_CONFORMING: ("bad", "✗", "Not conforming"),
    Exit.TOOL_ERROR: ("open", "?", "Error"),
}
_NOT_JUDGED = ("open", "?", "Not judged")
_MARKS = {
    Outcome.PASSED: "✓",
    Outcome.FAILED: "✗",
    Outcome.ERROR: "✗",
    Outcome.WARNED: "!",
    Outcome.INCONCLUSIVE: "?",
}
_MOST_OPEN = 3
_MOST_HEADERS = 60


@dataclass(frozen=True, slots=True)
class _Limits:
    """The limits of what is shown: characters of a body or another text, findings."""

    body: int
    text: int
    findings: int


# The first that leads to a page that is not too large is taken.
_LIMITS = (
    _Limits(6000, 3000, 25),
    _Limits(1500, 1000, 25),
    _Limits(400, 400, 10),
    _Limits(0, 120, 3),
)


def render(run: Run) -> str:
    """Return a run as a page of at most `LARGEST` bytes."""
    page = ""
    for limits in _LIMITS:
        page = encodable(template(_PAGE / "report.html.j2").render(_View(run, limits).context()))
        if len(page.encode()) <= LARGEST:
            break
    return page


@cache
def template(path: Path) -> jinja2.Template:
    """Return a template, in which everything is escaped and a missing value is an error."""
    import jinja2  # noqa: PLC0415 - takes a tenth of a gate to import, which may write no page

    environment = jinja2.Environment(
        autoescape=True,
        loader=jinja2.FileSystemLoader(path.parent),
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"spans": _spans, "visible": visible}
    return environment.get_template(path.name)


def files(*names: str) -> dict[str, str]:
    """Return files of the page by their kind, and the `policy` that allows nothing but them."""
    texts = {name: (_PAGE / name).read_text(encoding="utf-8") for name in names}
    kinds = {"css": "style", "js": "script"}
    found = {kinds[name.partition(".")[2]]: text for name, text in texts.items()}
    allowed = "; ".join(f"{kind}-src {_sha256(text)}" for kind, text in found.items())
    policy = f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
    # They are our own files, so nothing in them is escaped.
    shown = {kind: Markup(text) for kind, text in found.items()}  # noqa: S704
    return {**shown, "policy": policy}


def _spans(text: str) -> Markup:
    """Return a text in which everything between backticks is code."""
    parts = [escape(part) for part in text.split("`")]
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if index % 2 else part
        for index, part in enumerate(parts)
    )


def chip(outcome: Outcome) -> Markup:
    """Return an outcome as a mark and a word."""
    mark = Markup('<span aria-hidden="true">{}</span> ').format(_MARKS.get(outcome, "·"))
    return Markup('<span class="chip {}">{}{}</span>').format(outcome.value, mark, outcome.value)


def _sha256(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


class _View:
    """The values that the template shows."""

    def __init__(self, run: Run, limits: _Limits) -> None:
        self._run = run
        self._limits = limits
        self._accused = run.accused
        shown = [f for v in self._accused for f in v.findings[: limits.findings] if f.record]
        self._cited = {finding.exchange for finding in shown}

    def context(self) -> dict[str, Any]:
        run = self._run
        tone, mark, headline = _HEADLINES.get(run.exit, _NOT_JUDGED)
        return {
            **files("report.css", "report.js"),
            "version": __version__,
            "tone": tone,
            "mark": mark,
            "headline": headline,
            "explanation": sentence(run),
            "target": run.server,
            "contract": run.evidence.contract,
            "head": list(head(run)),
            "causes": causes_of(run),
            "shown_in": shown_in,
            "unjudged": by_help(run),
            "meanings": MEANINGS,
            "counts": list(run.counts.items()),
            "levels": [level.value for level in Level],
            "coverage": run.coverage,
            "require_coverage": run.require_coverage,
            "lists": run.lists,
            "load": run.load,
            "of_list": OF_LIST,
            "places": where,
            "accused": self._accused,
            "unused_waivers": run.unused_waivers,
            "waivers": list(run.waivers.states(run.verdicts)) if run.waivers else [],
            "notes": [visible(note) for note in run.notes],
            "sections": list(run.sections()),
            "exchanges": [self._exchange(e) for e in run.evidence.exchanges if self._cites(e)],
            "shown_exchanges": self._cited,
            "data_hidden": not run.shows_data,
            "settings": list(self._settings()),
            "most_findings": self._limits.findings,
            "most_open": _MOST_OPEN,
            "chip": chip,
            "text": self._text,
            "excerpt_of": self._excerpt,
            "command_of": self._command,
            "observed": self._observed,
        }

    def _cites(self, exchange: Exchange) -> bool:
        return exchange.number in self._cited

    def _text(self, text: str, longest: int | None = None) -> str:
        shown = visible(text)
        return cut_lines(shown, self._limits.text if longest is None else longest)

    def _excerpt(self, finding: Finding) -> str:
        return excerpt.of(finding, self._limits.body // 4)

    def _command(self, finding: Finding) -> str:
        # A command that is cut is none: at most the longest requests are left out.
        return cut_lines(visible(self._run.command(finding) or ""), 20_000)

    def _observed(self, verdict: Verdict) -> list[str]:
        if verdict.outcome is not Outcome.OBSERVED:
            return []
        return [self._text(each) for each in dict.fromkeys(f.actual for f in verdict.findings)]

    def _exchange(self, exchange: Exchange) -> dict[str, Any]:
        request, response = exchange.request, exchange.response
        target = visible(request.target.decode("latin-1"))
        first = f"{request.method} {target} HTTP/1.1"
        shown: dict[str, Any] = {
            "number": exchange.number,
            "method": visible(request.method),
            "target": cut(target, 200),
            "note": exchange.note,
            "duration": duration(exchange.duration),
            "failure": exchange.failure and visible(exchange.failure.message),
            "request": self._message(first, request.headers),
            "status": str(response.status) if response else "no response",
            "head": "",
        }
        if response is not None:
            line = f"{response.http_version} {response.status} {response.reason}"
            shown["head"] = self._message(line, response.headers) + "\n"
            shown["body"] = excerpt.body(response.body, self._limits.body)
        return shown

    def _message(self, line: str, headers: Headers) -> str:
        lines = [line, *(f"{name}: {value}" for name, value in headers[:_MOST_HEADERS])]
        if len(headers) > _MOST_HEADERS:
            lines.append(f"… {len(headers) - _MOST_HEADERS} more headers left out …")
        return "\n".join(self._text(each).replace("\n", " ") for each in lines)

    def _settings(self) -> Iterator[tuple[str, str]]:
        run = self._run
        contract = run.evidence.contract
        yield "exit code", str(int(run.exit))
        yield "contract", f"{contract.title} {contract.version}, SHA-256 {contract.digest}"
        for policy in run.policies:
            yield "policy", policy
        for name, value in run.configuration.items():
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            yield name.replace("_", " "), self._text(text)

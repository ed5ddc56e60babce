"""report.json: the run as JSON, as report.schema.json describes it."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from .... import __version__
from ..run.causes import causes_of
from ..run.model import OF_LIST, SCHEMA_VERSION
from ..run.unjudged import help_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...http.exchange import Exchange, Request
    from ...records.finding import Finding
    from ...verdicts.verdict import Verdict
    from ..run.model import ListSummary, Run


def render(run: Run) -> str:
    """Return a run as the text of report.json."""
    return json.dumps(document(run), indent=2, ensure_ascii=True) + "\n"


def document(run: Run) -> dict[str, Any]:
    """Return a run as a JSON object; findings refer to `exchanges` by number."""
    contract = run.evidence.contract
    cited = {f.exchange for verdict in run.verdicts for f in verdict.findings if f.record}
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "ruangkerja", "version": __version__},
        "target": {"url": run.target.url, "stub": run.stub},
        "contract": {**_members(contract, "title", "version"), "sha256": contract.digest},
        "policies": [
            {"name": each.name, "title": each.title, "file": str(each.path)}
            for each in contract.policies
        ],
        "configuration": dict(run.configuration),
        "labels": dict(run.labels),
        "started": datetime.fromtimestamp(run.started, UTC).isoformat(timespec="milliseconds"),
        "duration": round(run.duration, 3),
        "summary": {
            "exit_code": int(run.exit),
            "conclusion": run.conclusion(),
            "requests": run.requests,
            "requirements": len(run.verdicts),
            "judged": sum(verdict.judged > 0 for verdict in run.verdicts),
            **run.counts,
        },
        "lists": [_list(each) for each in run.lists],
        "operations": {
            "sent": run.operations.sent,
            "of": run.operations.total,
            "left_out": dict(run.operations.left_out),
            "not_judged": dict(run.operations.unopened),
            "parameters": {id_: sorted(names) for id_, names in sorted(run.taken.tried.items())},
        },
        "notes": run.notes,
        "waivers": _waivers(run),
        "coverage": _coverage(run),
        "freedoms": [*_freedoms(run)],
        "causes": [
            {"text": cause.text, "requirements": cause.ids, "exchanges": cause.exchanges}
            for cause in causes_of(run)
        ],
        "rules": [_verdict(run, verdict) for verdict in run.verdicts],
        "exchanges": [exchange(each) for each in run.evidence.exchanges if each.number in cited],
        **({} if run.load is None else {"load": msgspec.to_builtins(run.load)}),
    }


def _verdict(run: Run, verdict: Verdict) -> dict[str, Any]:
    members = ("id", "level", "ground", "title", "section", "document", "quote", "statement")
    decisions = run.evidence.contract.decisions(verdict.requirement)
    return {
        **_members(verdict.requirement, *members),
        "decisions": [{"id": id_, "text": text} for id_, text in decisions],
        "verdict": verdict.outcome.value,
        **_members(verdict, "reason", "unused_waiver", "judged"),
        "help": help_for(run, verdict),
        "findings_total": verdict.count,
        "findings": [_finding(run, finding) for finding in verdict.findings],
        "lists": [
            {
                "name": each.name,
                "verdict": each.outcome.value,
                **_members(each, "reason", "judged"),
                "findings_total": each.count,
            }
            for each in verdict.lists
        ],
    }


def _list(each: ListSummary) -> dict[str, Any]:
    operation, path = each.list_id
    return {
        "name": each.name,
        "operation": operation,
        "path": dict(path),
        "unread": each.unread,
        "judged": each.judged,
        **{outcome.value: each.counts[outcome] for outcome in OF_LIST},
    }


def _coverage(run: Run) -> dict[str, Any]:
    coverage = run.coverage
    return {
        "percent": coverage.percent,
        "seen": coverage.shown,
        "of": len(coverage.counted),
        "required": run.require_coverage,
        "points": [
            {**msgspec.to_builtins(point), "count": coverage.seen.get(point, 0)}
            for point in coverage.points
        ],
    }


def _freedoms(run: Run) -> Iterator[dict[str, Any]]:
    requests = {each.number: each.request for each in run.evidence.exchanges}
    for (name, operation), sightings in sorted(run.taken.freedoms.items()):
        places = [
            {
                "place": place,
                "count": shown.count,
                "exchange": shown.exchange,
                "request": _line(requests.get(shown.exchange)),
            }
            for place, shown in sightings.places.items()
        ]
        yield {
            "name": name,
            "operation": operation,
            **_members(sightings, "of", "seen"),
            "places": places,
        }


def _line(request: Request | None) -> str:
    return f"{request.method} {request.target.decode('latin-1')}" if request else ""


def _waivers(run: Run) -> list[dict[str, Any]]:
    members = ("requirement", "target", "reason", "expires", "ticket", "finding", "verdict")
    states = run.waivers.states(run.verdicts) if run.waivers else ()
    return [{**_members(waiver, *members), "state": state.value} for waiver, state in states]


def _finding(run: Run, finding: Finding) -> dict[str, Any]:
    members = ("message", "where", "exchange", "page", "row", "field", "expected", "actual")
    return {
        **_members(finding, *members, "accepted_by"),
        "operation": finding.record.operation.id if finding.record else None,
        "command": run.command(finding),
    }


def _members(value: object, *names: str) -> dict[str, Any]:
    return {name: msgspec.to_builtins(getattr(value, name)) for name in names}


def exchange(exchange: Exchange) -> dict[str, Any]:
    """Return an exchange as a JSON object; the target is text, each byte one character."""
    request, response, failure = exchange.request, exchange.response, exchange.failure
    return {
        "number": exchange.number,
        "request": {
            "method": request.method,
            "target": request.target.decode("latin-1"),
            "headers": list(map(list, request.headers)),
            "body": _bytes(request.body),
        },
        "response": response
        and {
            **_members(response, "status", "reason", "http_version", "raw_size"),
            "headers": list(map(list, response.headers)),
            "body": _bytes(response.body),
        },
        "failure": msgspec.to_builtins(failure),
        **_members(exchange, "started", "duration", "note"),
        **_members(exchange, "throttled", "connection", "overlapping", "reconnected"),
    }


def _bytes(data: bytes) -> dict[str, str]:
    """Return bytes as text if they are UTF-8, so that people can read them."""
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode("ascii")}

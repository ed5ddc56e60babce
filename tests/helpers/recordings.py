"""Recordings as browsers and proxies write them, made by hand."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from .backend import STATUSES, Asked, error, page_of, user

if TYPE_CHECKING:
    from pathlib import Path

HOST = "https://staging.example.com"
PATH = "/ruangkerja/dashboard/courses/{course}/online/users?page={page}&pageSize={size}"
CHROME = "WebInspector"


def course_page(course: str = "C-1", page: int = 1, size: int = 10, total: int = 25) -> Any:
    """The body of a page of a course."""
    start = (page - 1) * size
    rows = [user(i) for i in range(min(start, total), min(start + size, total))]
    return page_of(Asked("GET", course, {}, {}, page, size), total, rows)


def entry(
    body: Any = None,
    *,
    course: str = "C-1",
    page: int | str = 1,
    size: int | str = 10,
    status: int = 200,
    url: str | None = None,
    host: str = HOST,
    headers: dict[str, str] | None = None,
    response_headers: dict[str, str] | None = None,
    at: float = 0.0,
    content: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """An entry as Chrome writes it, by HTTP/2; of a course's page if nothing else is said."""
    if body is None and status == 200:
        body = course_page(course, int(page), int(size))
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {":method": "GET", "accept": "*/*", **(headers or {})}
    got = {"content-type": "application/json", **(response_headers or {})}
    if content is None:
        content = {"size": len(raw), "mimeType": "application/json", "text": raw.decode()}
    minutes, seconds = divmod(at, 60)
    hours, minutes = divmod(minutes, 60)
    return {
        "_resourceType": "fetch",
        "startedDateTime": f"2026-11-24T{int(hours):02}:{int(minutes):02}:{seconds:06.3f}Z",
        "time": 12.5,
        "request": {
            "method": "GET",
            "url": url or host + PATH.format(course=course, page=page, size=size),
            "httpVersion": "http/2.0",
            "headers": [{"name": name, "value": value} for name, value in sent.items()],
            "queryString": [],
            "cookies": [],
        },
        "response": {
            "status": status,
            "statusText": "",
            "httpVersion": "http/2.0",
            "headers": [{"name": name, "value": value} for name, value in got.items()],
            "content": content,
            "bodySize": -1,
        },
        "cache": {},
        "timings": {"send": 0, "wait": 12, "receive": 0.5},
        **more,
    }


def rejected(status: int, text: str = "no", **more: Any) -> dict[str, Any]:
    """An entry with an error response of the contract."""
    return entry(error(status, text).body, status=status, **more)


def base64_of(body: Any) -> dict[str, Any]:
    """The content of a body that the browser took for binary."""
    raw = json.dumps(body).encode()
    text = base64.b64encode(raw).decode()
    return {"size": len(raw), "mimeType": "application/json", "text": text, "encoding": "base64"}


def write(path: Path, *entries: Any, creator: str = CHROME) -> Path:
    """Write a HAR file."""
    log = {
        "version": "1.2",
        "creator": {"name": creator, "version": "537.36"},
        "pages": [{"id": "page_1", "title": 'A page [with] {marks} \\ "'}],
        "entries": list(entries),
    }
    path.write_text(json.dumps({"log": log}), encoding="utf-8")
    return path


__all__ = [
    "CHROME",
    "HOST",
    "STATUSES",
    "base64_of",
    "course_page",
    "entry",
    "rejected",
    "write",
]

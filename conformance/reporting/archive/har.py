"""exchanges.har: all requests and responses in HAR 1.2, the format of browsers and proxies.

As the format asks, additional members begin with an underscore: `_target` is the request target
byte for byte, if it had to be escaped in the URL; `_note` is the purpose of the request; `_failure`
is the reason why there is no response; `_throttled` marks one that was set aside;
`_reconnected` one that was sent again because its connection was closed while in use;
`_overlapping` has the numbers of the exchanges that were under way at the same time, and `_turn`
the number of the first of those that were sent in any order; `_started` and `_duration` are in
seconds, as exact as they were measured; `_body` is the body of a request in base64, if it is not
UTF-8. The log has the `_labels` of the run.
"""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_from_bytes

import msgspec

from .... import __version__
from ...http.exchange import Exchange, Failure, Request, Response
from ...records.credentials import split_query

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import TextIO

    from ...http.exchange import Headers
    from ...http.target import Target

VERSION = "1.2"
OF_CLIENTS = "All tokens have the same mask, those that the server rejects, too."
"""The comment in a recording of clients whose tokens are not known."""
# What may stand in the path and query of a URL (RFC 3986); all other bytes are percent-encoded.
_URL = "%-._~!$&'()*+,;=:@/?"
_STRAY = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_MILLISECONDS = 1000
_UNKNOWN = -1


def entry(exchange: Exchange, target: Target) -> dict[str, Any]:
    """Return an exchange as an entry."""
    time = round(exchange.duration * _MILLISECONDS, 3)
    more: dict[str, Any] = {
        "_number": exchange.number,
        "_note": exchange.note,
        "_started": exchange.started,
        "_duration": exchange.duration,
    }
    if exchange.throttled:
        more["_throttled"] = True
    if exchange.turn:
        more["_turn"] = exchange.turn
    if exchange.overlapping:
        more["_overlapping"] = list(exchange.overlapping)
    if exchange.reconnected:
        more["_reconnected"] = True
    if exchange.connection:
        more["connection"] = str(exchange.connection)
    if exchange.failure is not None:
        more["_failure"] = msgspec.to_builtins(exchange.failure)
    return {
        "startedDateTime": _instant(exchange.started),
        "time": time,
        "request": _request(exchange.request, target),
        "response": _response(exchange.response) if exchange.response else _NO_RESPONSE,
        "cache": {},
        # Only the whole is measured; HAR wants the parts, and takes what adds up.
        "timings": {"send": 0, "wait": time, "receive": 0},
        **more,
    }


def exchange_of(entry: Mapping[str, Any], target: Target) -> Exchange:
    """Return the exchange of an entry that `entry` made.

    Raises LookupError, TypeError or ValueError for another entry.
    """
    request, response = entry["request"], entry["response"]
    origin = target.url.removesuffix(target.prefix)
    path = request.get("_target", request["url"].removeprefix(origin)).encode("latin-1")
    sent = request.get("postData", {}).get("text", "").encode()
    body = base64.b64decode(request["_body"]) if "_body" in request else sent
    failure = entry.get("_failure")
    return Exchange(
        number=entry["_number"],
        request=Request(request["method"], path, _pairs(request["headers"]), body),
        response=None if failure else _response_of(response),
        failure=failure and msgspec.convert(failure, Failure),
        started=entry["_started"],
        duration=entry["_duration"],
        note=entry["_note"],
        throttled=entry.get("_throttled", False),
        connection=int(entry.get("connection", 0)),
        turn=entry.get("_turn", 0),
        overlapping=tuple(entry.get("_overlapping", ())),
        reconnected=entry.get("_reconnected", False),
    )


def _response_of(response: Mapping[str, Any]) -> Response:
    content = response["content"]
    text = content["text"].encode()
    return Response(
        status=response["status"],
        reason=response["statusText"],
        http_version=response["httpVersion"],
        headers=_pairs(response["headers"]),
        body=base64.b64decode(text) if content.get("encoding") == "base64" else text,
        raw_size=response["bodySize"],
    )


def _pairs(headers: Iterable[Mapping[str, str]]) -> Headers:
    return tuple((each["name"], each["value"]) for each in headers)


def write(
    file: TextIO, entries: Iterable[str], labels: Mapping[str, str], comment: str = ""
) -> None:
    """Write a file of entries, each given as JSON, one at a time; `comment` is about its tokens."""
    creator = {"name": "ruangkerja", "version": __version__}
    if comment:
        creator["comment"] = comment
    head = json.dumps({"version": VERSION, "creator": creator, "_labels": dict(labels)})
    file.write(f'{{"log": {head[:-1]}, "entries": [')
    file.writelines(f"{',' if position else ''}\n{each}" for position, each in enumerate(entries))
    file.write("\n]}}\n")


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def _request(request: Request, target: Target) -> dict[str, Any]:
    path = quote_from_bytes(_STRAY.sub(b"%25", request.target), safe=_URL)
    origin = target.url.removesuffix(target.prefix)
    more: dict[str, Any] = {}
    if path.encode() != request.target:
        more["_target"] = request.target.decode("latin-1")
    if request.body:
        more["postData"] = {
            "mimeType": _first(request.headers, "content-type"),
            "text": request.body.decode("utf-8", "replace"),
        }
        if more["postData"]["text"].encode() != request.body:
            more["_body"] = base64.b64encode(request.body).decode()
    return {
        "method": request.method,
        "url": f"{origin}{path}",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(request.headers),
        "queryString": [
            {"name": name, "value": value} for name, value in split_query(request.query)
        ],
        "headersSize": _UNKNOWN,
        "bodySize": len(request.body),
        **more,
    }


def _response(response: Response) -> dict[str, Any]:
    return {
        "status": response.status,
        "statusText": response.reason,
        "httpVersion": response.http_version,
        "cookies": [],
        "headers": _headers(response.headers),
        "content": _content(response),
        "redirectURL": response.header("Location") or "",
        "headersSize": _UNKNOWN,
        "bodySize": response.raw_size,
    }


# As browsers write it if there is no response.
_NO_RESPONSE: dict[str, Any] = {
    "status": 0,
    "statusText": "",
    "httpVersion": "",
    "cookies": [],
    "headers": [],
    "content": {"size": 0, "mimeType": "x-unknown"},
    "redirectURL": "",
    "headersSize": _UNKNOWN,
    "bodySize": _UNKNOWN,
}


def _content(response: Response) -> dict[str, Any]:
    content: dict[str, Any] = {
        "size": len(response.body),
        "mimeType": response.header("Content-Type") or "x-unknown",
    }
    try:
        content["text"] = response.body.decode()
    except UnicodeDecodeError:
        content["text"] = base64.b64encode(response.body).decode()
        content["encoding"] = "base64"
    return content


def _headers(headers: Headers) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _first(headers: Headers, name: str) -> str:
    return next((value for found, value in headers if found.lower() == name), "")

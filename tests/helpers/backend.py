"""A backend of the endpoint that shares nothing with the stub: the standard library's server."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

TOKEN = "Tk-5f2c91d07ab34e68"  # noqa: S105 - it opens nothing but this
OTHERS = "Tk-another-91d07ab34e68"
STATUSES = ("not_started", "completed", "expired", "failed", "in_progress")
CODES = {
    400: "InvalidArgument",
    401: "Unauthenticated",
    403: "PermissionDenied",
    404: "NotFound",
    405: "Unimplemented",
    406: "InvalidArgument",
    414: "InvalidArgument",
    415: "InvalidArgument",
    422: "InvalidArgument",
    500: "Internal",
    501: "Unimplemented",
}


def user(index: int) -> dict[str, Any]:
    """A user of a course, the same one for the same index."""
    status = STATUSES[index % 5]
    submitted = status in {"completed", "failed"}
    return {
        "user": {
            "serial": f"USER{index:08d}",
            "name": f"Siti Rahma {index}",
            "employeeID": f"EMP{index:05d}",
        },
        "postTest": 50 + index % 50 if submitted else None,
        "preTest": None if status == "not_started" else 40.5,
        "timeSpent": 0 if status == "not_started" else 60 + index,
        "lastAccessMission": "2022-07-22T01:00:00.000Z",
        "completedAt": "2022-07-22" if status == "completed" else "",
        "status": status,
    }


@dataclass
class Answer:
    """What goes back; a change may replace any of it, and `raw` the body as bytes.

    An answer of `version` HTTP/1.0 ends with its connection; one in `chunks` says no length.
    """

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    raw: bytes | None = None
    version: str = "HTTP/1.1"
    chunks: int = 0

    @property
    def data(self) -> bytes:
        """The bytes of the body."""
        return self.raw if self.raw is not None else json.dumps(self.body).encode()


@dataclass
class Asked:
    """What came in; `page` and `size` are 0 where they are wrong.

    `pairs` are all parameters in their order, of which `query` has the last of each name.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    page: int = 0
    size: int = 0
    count: int = 0
    pairs: list[tuple[str, str]] = field(default_factory=list)


Change = Callable[[Asked, Answer], Answer]


@dataclass
class Backend:
    """Courses by serial with how many users each has, and a change that makes it differ.

    Each course has its own users, or the first ones in all courses where they are `shared`.
    """

    courses: dict[str, int] = field(default_factory=lambda: {"C-100": 100})
    change: Change = lambda _asked, answer: answer
    prefix: str = ""
    token: str = TOKEN
    asked: list[Asked] = field(default_factory=list)
    shared: bool = False

    def answer(self, asked: Asked) -> Answer:  # noqa: PLR0911 - one error response after another
        """Answer as the document has it."""
        parts = asked.path.removeprefix(self.prefix).split("/")
        known = (
            len(parts) == 7
            and parts[1:4] == ["ruangkerja", "dashboard", "courses"]
            and parts[5:] == ["online", "users"]
        )
        if not asked.path.startswith(self.prefix) or not known:
            return error(404, "no such path")
        if asked.method not in {"GET", "HEAD"}:
            answer = error(405, "method not allowed")
            answer.headers["Allow"] = "GET, HEAD"
            return answer
        token = asked.headers.get("authorization")
        if token is None:
            return error(401, "Token is missing")
        if token != self.token:
            return error(403, "Token is not valid")
        for name, most in (("page", 10**6), ("pageSize", 100)):
            text = asked.query.get(name, "")
            if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= max(most, 10**40):
                return error(400, f"{name} is not valid")
        asked.page, asked.size = int(asked.query["page"]), int(asked.query["pageSize"])
        if asked.size > 100:
            return error(400, "pageSize is at most 100")
        course = unquote(parts[4])
        total = self.courses.get(course)
        if total is None:
            return error(404, "Course is not found")
        start = (asked.page - 1) * asked.size
        other = 0 if self.shared else 100_000 * list(self.courses).index(course)
        shown = range(min(start, total), min(start + asked.size, total))
        items = [user(other + index) for index in shown]
        return Answer(200, page_of(asked, total, items))


def page_of(asked: Asked, total: int, items: list[Any]) -> dict[str, Any]:
    """The body of a success."""
    return {
        "status": "success",
        "message": "Success",
        "data": {
            "currentPage": asked.page,
            "totalItems": total,
            "totalPage": -(-total // asked.size),
            "items": items,
        },
    }


def error(status: int, text: str) -> Answer:
    """The body of a failure."""
    message = f"rpc error: code = {CODES[status]} desc = {text}"
    return Answer(status, {"errorCode": 1000 + status, "message": message, "detail": message})


@contextmanager
def serving(backend: Backend, *, threads: bool = True) -> Iterator[str]:
    """Serve a backend on loopback; gives its URL. Without `threads`, one connection at a time."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            pairs = parse_qsl(parts.query, keep_blank_values=True)
            headers = {name.lower(): value for name, value in self.headers.items()}
            count = len(backend.asked) + 1
            asked = Asked(self.command, parts.path, dict(pairs), headers, count=count, pairs=pairs)
            backend.asked.append(asked)
            self._send(backend.change(asked, backend.answer(asked)))

        def _send(self, answer: Answer) -> None:
            raw = answer.data
            self.protocol_version = answer.version
            framing = {"Content-Length": str(len(raw))}
            if answer.version == "HTTP/1.0":
                self.close_connection, framing = True, {}
            elif answer.chunks:
                framing = {"Transfer-Encoding": "chunked"}
                parts = [raw[i : i + answer.chunks] for i in range(0, len(raw), answer.chunks)]
                raw = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in [*parts, b""])
            self.send_response(answer.status)
            for name, value in {**framing, **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(raw)

        do_GET = do_HEAD = do_POST = _serve  # noqa: N815 - http.server looks for these names
        do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    server = (Server if threads else HTTPServer)(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}{backend.prefix}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

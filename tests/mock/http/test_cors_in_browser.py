"""A page of another origin reads the stub's answers, in a real browser."""

from __future__ import annotations

import functools
import html
import http.server
import json
import re
import threading
from typing import TYPE_CHECKING, Any

from ruangkerja.mock.serve.server import MockServer
from tests.helpers import chromium

from ..conftest import TOKEN, USERS

if TYPE_CHECKING:
    from pathlib import Path

OWN = (
    "/",
    "/-/console.json",
    "/-/events",
    "/-/requests",
    "/openapi.json",
    "/metrics",
    "/healthz",
    "/nowhere",
)
PAGE = """<!DOCTYPE html><title>page</title><pre id="found">waiting</pre><script>
const asked = ASKED;
async function one([url, options]) {
  try {
    const answer = await fetch(url, options);
    const retry = answer.headers.get("Retry-After");
    return {status: answer.status, retry, body: await answer.json()};
  } catch (error) { return {status: 0, error: String(error)}; }
}
Promise.all(asked.map(one)).then((found) => {
  document.getElementById("found").textContent = JSON.stringify(found);
});
</script>"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def visit(folder: Path, asked: list[Any]) -> list[Any]:
    """Open a page of an origin of its own that fetches these, and give what it read."""
    page = PAGE.replace("ASKED", json.dumps(asked))
    (folder / "page.html").write_text(page, encoding="utf-8")
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as pages:
        threading.Thread(target=pages.serve_forever, daemon=True).start()
        try:
            url = f"http://127.0.0.1:{pages.server_port}/page.html"
            page, written = chromium.opened(url, folder, seconds=15)
        finally:
            pages.shutdown()
    found = re.search(r'<pre id="found">(.*?)</pre>', page, re.DOTALL)
    assert found is not None, page + written
    read: list[Any] = json.loads(html.unescape(found[1]))
    return read


@chromium.needed
def test_a_page_of_another_origin_reads_what_is_in_the_contract_alone(
    tmp_path: Path,
) -> None:
    token = {"Authorization": TOKEN}
    with MockServer() as server:

        def users(course: str, **options: Any) -> list[Any]:
            url = f"{server.url}{USERS.format(course)}?page=1&pageSize=10"
            return [url, {"headers": token, **options}]

        read = visit(
            tmp_path,
            [
                users("COURSE-EXAMPLE1"),
                users("COURSE-EXAMPLE1", credentials="include"),
                users("COURSE-EXAMPLE1", headers={}),
                users("COURSE-EXAMPLE1", headers={**token, "Prefer": "code=503"}),
                users("COURSE-RATE-LIMITED"),
                users("COURSE-EXAMPLE1", method="DELETE"),
                *([f"{server.url}{path}", {}] for path in OWN),
            ],
        )
    assert [answer["status"] for answer in read[:6]] == [200, 200, 401, 503, 429, 405]
    assert [answer["status"] for answer in read[6:]] == [0] * len(OWN)
    assert read[0]["body"]["data"]["items"][8]["user"]["name"] == "John Doe"
    assert read[4]["retry"] == "1"
    assert all("errorCode" in answer["body"] for answer in read[2:6])

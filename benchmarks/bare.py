"""The fastest possible Python server: fixed bytes, sent by granian or uvicorn."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import uvicorn
import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server


def app(body: bytes) -> Any:
    """Return an application that answers every request with these bytes."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]

    async def send_it(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return send_it


def main() -> None:
    """Serve a file: SERVER FILE PORT, where SERVER is granian or uvicorn."""
    server, file, port = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    application = app(file.read_bytes())
    if server == "granian":
        bare = Server(
            application,
            port=port,
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,
            log_enabled=False,
        )
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(bare.serve())
        return
    uvicorn.run(
        application,
        port=port,
        loop="uvloop",
        lifespan="off",
        http="httptools",
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )


if __name__ == "__main__":
    main()

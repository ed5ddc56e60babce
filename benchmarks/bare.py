"""The least a Python server can do: fixed bytes, sent by uvicorn as it comes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import uvicorn


def app(body: bytes) -> Any:
    """Make an application that answers everything with these bytes."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]

    async def send_it(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while (message := await receive())["type"] != "lifespan.shutdown":
                await send({"type": f"{message['type']}.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return send_it


def main() -> None:
    """Serve the file that is named, on the port that is given."""
    uvicorn.run(
        app(Path(sys.argv[1]).read_bytes()),
        port=int(sys.argv[2]),
        loop="uvloop",
        http="httptools",
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )


if __name__ == "__main__":
    main()

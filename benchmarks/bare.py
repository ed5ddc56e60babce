"""The least a Python server can do: fixed bytes, sent by uvicorn as the stub is served."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any

from ruangkerja.mock.running import Server, config


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
    listening = socket.create_server(("127.0.0.1", int(sys.argv[2])))
    Server(config(app(Path(sys.argv[1]).read_bytes()))).run_here(listening)


if __name__ == "__main__":
    main()

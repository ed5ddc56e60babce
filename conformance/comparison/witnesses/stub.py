"""The stub of a contract in this process, which serves requests and confirms witnesses."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ....mock.settings import Settings
from ....spec.secrets.masking import MASK
from ...client.asgi import asked
from ...http.exchange import Request, Response
from ...http.target import Target

if TYPE_CHECKING:
    from ....spec.contract import Contract

ID = "witness"
"""The id of the scenario that gives one response."""


class Stub:
    """The stub of one contract, whose valid token is the mask of tokens."""

    def __init__(self, contract: Contract) -> None:
        # It takes half of the time of a comparison that needs no witness to import connexion.
        from ....mock.app import create_app  # noqa: PLC0415

        self.target = Target.parse(f"http://127.0.0.1:8000{contract.base_path}")
        self._app = create_app(contract, Settings(tokens=(MASK,)))
        self._loop = asyncio.new_event_loop()

    def close(self) -> None:
        """Close the event loop."""
        self._loop.close()

    def ask(self, request: Request, prefer: str = "") -> Response | None:
        """Return the response to a request with a preference, None if there is none."""
        if prefer:
            request = Request(
                request.method,
                request.target,
                (*request.headers, ("Prefer", prefer)),
                request.body,
            )
        sent, _ = self._loop.run_until_complete(asked(self._app, self.target, request))
        start = next((each for each in sent if each["type"] == "http.response.start"), None)
        if start is None:
            return None
        headers = tuple(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]
        )
        body = b"".join(each.get("body", b"") for each in sent if each is not start)
        return Response(start["status"], "", "HTTP/1.1", headers, body, len(body))

    def give(self, request: Request, response: Response) -> Response | None:
        """Return the response to a request for which a scenario sets one."""
        own = {"content-length", "content-type", "connection", "date", "server"}
        scenario = {
            "response": {
                "status": response.status,
                "media_type": response.header("Content-Type") or "application/json",
                "headers": {n: v for n, v in response.headers if n.lower() not in own},
                "body": response.body.decode(),
            }
        }
        control = self._app.control
        control.use(ID, scenario)
        try:
            return self.ask(request, f"id={ID}")
        finally:
            control.remove(ID)

"""A witness: an exchange that one of two contracts admits and the other does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...reporting.archive.curl import curl

if TYPE_CHECKING:
    from ...http.exchange import Exchange, Request, Response
    from ...http.target import Target

OLD, NEW = "old", "new"
_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a contract does not admit an exchange: in words, with the requirement and the place.

    `law` says that a law refuses it.
    """

    text: str
    requirement: str | None = None
    pointer: str = ""
    law: bool = False


@dataclass(frozen=True, slots=True)
class Witness:
    """An exchange, and what the two contracts say of it.

    `admits` and `refuses` are OLD or NEW. Credentials in the request are masked. `confirmed` says
    that both stubs agree: that of the contract that admits the exchange takes the request and gives
    this response, and the other one does not; `seen` says in a sentence each what they did.
    """

    admits: str
    refuses: str
    exchange: Exchange
    refusal: Refusal
    confirmed: bool
    seen: tuple[str, str]
    target: Target

    @property
    def request(self) -> Request:
        """The request."""
        return self.exchange.request

    @property
    def response(self) -> Response:
        """The response."""
        assert self.exchange.response is not None  # noqa: S101 - made so
        return self.exchange.response

    @property
    def curl(self) -> str:
        """The request as a curl command, for a server on this machine."""
        return curl(self.request, self.target)

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "admittedBy": self.admits,
            "refusedBy": self.refuses,
            "because": self.refusal.text,
            **({"requirement": self.refusal.requirement} if self.refusal.requirement else {}),
            **({"place": self.refusal.pointer} if self.refusal.pointer else {}),
            "confirmed": self.confirmed,
            "stubs": list(self.seen),
            "request": {
                "method": self.request.method,
                "target": self.request.target.decode("latin-1"),
                "headers": [list(each) for each in self.request.headers],
                "body": _text(self.request.body),
            },
            "response": {
                "status": self.response.status,
                "headers": [list(each) for each in self.response.headers],
                "body": _text(self.response.body),
            },
            "curl": self.curl,
        }


def _text(body: bytes) -> str:
    return body[:_LONGEST].decode("utf-8", "replace")

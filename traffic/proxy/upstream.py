"""The upstream: connections to the server behind the proxy, kept and reused."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

import h11

from ...conformance.http.exchange import FailureKind
from ...conformance.http.wire import WireError, seconds, tls_reason
from .messages import CHUNK, MessageStream

if TYPE_CHECKING:
    from ...conformance.http.target import Target

MOST_KEPT = 32


class Upstream:
    """Makes connections to one target; `verify` is how to check its certificate."""

    def __init__(
        self, target: Target, *, timeout: float, verify: ssl.SSLContext | None = None
    ) -> None:
        self.target = target
        self._timeout = timeout
        self._tls = None
        if target.scheme == "https":
            self._tls = verify or ssl.create_default_context()
        self._kept: list[MessageStream] = []

    async def lease(self, *, fresh: bool = False) -> MessageStream:
        """Give a connection that is ready for a request; raise WireError where there is none."""
        while self._kept and not fresh:
            wire = self._kept.pop()
            if wire.is_idle:
                return wire
            wire.close()
        return await self._dial()

    def give_back(self, wire: MessageStream) -> None:
        """Take a connection back: to be reused where the exchange on it is complete."""
        if wire.is_idle and len(self._kept) < MOST_KEPT and wire.next_message():
            self._kept.append(wire)
        else:
            wire.close()

    def close(self) -> None:
        """Close what is kept."""
        while self._kept:
            self._kept.pop().close()

    async def _dial(self) -> MessageStream:
        target = self.target
        where = f"{target.host}:{target.port}"
        try:
            async with asyncio.timeout(self._timeout):
                reader, writer = await asyncio.open_connection(
                    target.host,
                    target.port,
                    ssl=self._tls,
                    server_hostname=target.host if self._tls else None,
                    limit=CHUNK,
                )
        except TimeoutError:
            raise WireError(
                FailureKind.TIMEOUT, f"{where} took no connection within {seconds(self._timeout)}."
            ) from None
        except ssl.SSLError as error:
            raise WireError(
                FailureKind.TLS, f"No encrypted connection to {where}: {tls_reason(error)}."
            ) from None
        except ConnectionRefusedError:
            raise WireError(FailureKind.REFUSED, f"Nothing listens at {where}.") from None
        except OSError as error:
            why = error.strerror or "no connection"
            raise WireError(FailureKind.UNREACHABLE, f"{where} cannot be reached: {why}.") from None
        return MessageStream(reader, writer, h11.CLIENT)

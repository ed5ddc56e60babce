"""Operations of the contract: their responses are read whole, judged, and then sent on.

So a response can have a header that says what is wrong with it, or be replaced by an error.
"""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import aiohttp

from ...conformance.http import content_coding
from ...conformance.http.exchange import Exchange, Failure, FailureKind, Response
from ...conformance.http.wire import WireError, seconds, size
from ...conformance.verdicts.verdict import Outcome, Verdict
from ...spec.documents.pointers import lookup
from ...spec.register import Level
from .clients import responses
from .headers import FALLBACK, sendable_reason, violations
from .held import MOST_BODY, Held
from .live import is_large_body

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiohttp import web

    from ...spec.model.error_form import ErrorForm
    from .clients.proxied_request import ProxiedRequest
    from .live import LiveJudge
    from .own_responses import OwnResponses
    from .upstream import Upstream

_LACKING = {404, 405, 501}
_SERVER_ERRORS = range(500, 600)
# Responses to conditional and range requests: the contract describes neither.
_CONDITIONAL = {206, 304, 412, 416}
# The headers that ask for such a response.
_CONDITIONS = {
    *(b"if-match", b"if-modified-since", b"if-none-match", b"if-range", b"if-unmodified-since"),
    b"range",
}
_BAD_GATEWAY = 502
_MOST_QUOTED = 3


@dataclass(frozen=True, slots=True)
class Policy:
    """What the proxy does with what it finds.

    With `enforce` a response to an operation is replaced by an error if it violates the contract or
    cannot be judged; `fail_on` is the lowest level that counts. With `fallback` the stub responds
    if the upstream fails or lacks the operation. `timeout` is in seconds, for a response to an
    operation of the contract. With `cors`, pages of other origins can read responses.
    """

    enforce: bool = False
    fallback: bool = False
    fail_on: Level = Level.MUST
    timeout: float = 10.0
    cors: bool = True


@dataclass(frozen=True, slots=True)
class WholeResponse:
    """A response that was read to its end; `body` is as it was on the wire, without chunks."""

    head: aiohttp.ClientResponse
    body: bytes

    def decoded(self) -> bytes:
        """Return the body without its content coding; raise WireError if it cannot be decoded."""
        coding = ", ".join(self.head.headers.getall("Content-Encoding", ()))
        decoder = content_coding.decoder(coding, MOST_BODY)
        decoder.feed(self.body)
        return decoder.finish()

    def as_judged(self) -> Response:
        """Return the response as it is judged; raise WireError if its body cannot be decoded."""
        version = self.head.version
        return Response(
            status=self.head.status,
            reason=self.head.reason or "",
            http_version=f"HTTP/{version.major}.{version.minor}" if version else "",
            headers=tuple(map(_decoded, self.head.raw_headers)),
            body=self.decoded(),
            raw_size=len(self.body),
        )


class Judgement(NamedTuple):
    """What was found in a response; `obstacle` says why it could not be judged, '' if it was."""

    verdicts: Sequence[Verdict] = ()
    obstacle: str = ""


class Operations:
    """Responds to the requests for operations of the contract."""

    def __init__(
        self,
        upstream: Upstream,
        live: LiveJudge,
        own: OwnResponses,
        policy: Policy,
        held: Held,
    ) -> None:
        self._upstream, self._live, self._own, self._policy = upstream, live, own, policy
        self._held = held

    async def respond(
        self, request: web.BaseRequest, proxied: ProxiedRequest, body: bytes
    ) -> web.StreamResponse:
        """Respond to a request whose body was read."""
        if body:
            proxied.request = replace(proxied.request, body=body)
        if self._policy.enforce:
            # A part of a response, or none, could not be judged.
            proxied.headers = [h for h in proxied.headers if h[0].lower() not in _CONDITIONS]
        if proxied.judged and not is_large_body(body):
            # Called once the request is sent: what can be done while the upstream works costs
            # nobody time.
            asyncio.get_running_loop().call_soon(self._expect, proxied)
        started, clock = time.time(), time.perf_counter()
        outcome: WholeResponse | WireError
        try:
            found = await self._ask(request, proxied)
            if not isinstance(found, WholeResponse):
                self._live.unjudged += proxied.judged
                return found
            outcome = found
        except WireError as error:
            outcome = error
        except asyncio.CancelledError:
            self._live.given_up += proxied.judged
            raise
        duration = time.perf_counter() - clock
        judgement = Judgement()
        if proxied.judged:
            judgement = await self._judged(proxied, outcome, started, duration)
        reason = self._lacking(proxied, outcome) if self._policy.fallback else None
        if reason is not None:
            return await self._fall_back(proxied, reason)
        if isinstance(outcome, WireError):
            return self._own.unanswered(self._upstream.target, outcome, proxied)
        return self._passed_on(proxied, outcome, judgement)

    def _expect(self, proxied: ProxiedRequest) -> None:
        with suppress(Exception):  # tried again, and reported, when the response is there
            proxied.expected = self._live.expect(proxied.request)

    async def _ask(
        self, request: web.BaseRequest, proxied: ProxiedRequest
    ) -> WholeResponse | web.StreamResponse:
        """Ask the upstream; a response that is too large is passed on at once."""
        try:
            async with asyncio.timeout(self._policy.timeout):
                interim = responses.interim(request)
                head = await self._upstream.send(proxied, proxied.request.body or None, interim)
                body, obstacle = await self._read(request, head)
        except TimeoutError:
            late = seconds(self._policy.timeout)
            message = f"The response was not complete within {late}."
            raise WireError(FailureKind.TIMEOUT, message) from None
        if not obstacle:
            return WholeResponse(head, body)
        if self._policy.enforce and proxied.judged:
            head.close()
            return self._unjudged(proxied, obstacle)
        async with head:
            return await responses.stream(request, proxied, head, body)

    async def _read(
        self, request: web.BaseRequest, head: aiohttp.ClientResponse
    ) -> tuple[bytes, str]:
        """Read a body to its end, or until it cannot be read whole; return it, and why not."""
        body, obstacle = bytearray(), ""
        try:
            async for chunk in head.content.iter_any():
                body += chunk
                if not self._held.has_room(request, len(chunk)):
                    obstacle = "too many bodies are read at once"
                if len(body) > MOST_BODY:
                    obstacle = f"it is larger than {size(MOST_BODY)}"
                if obstacle:
                    break
        except aiohttp.ClientError as error:
            head.close()
            raise self._upstream.failure(error) from None
        except BaseException:
            head.close()
            raise
        return bytes(body), obstacle

    async def _judged(
        self,
        proxied: ProxiedRequest,
        outcome: WholeResponse | WireError,
        started: float,
        duration: float,
    ) -> Judgement:
        response, failure = None, None
        if isinstance(outcome, WireError) and outcome.kind is FailureKind.PROXY:
            return Judgement(obstacle="it is the proxy's")  # the upstream knows nothing of it
        try:
            if isinstance(outcome, WireError):
                raise outcome
            response = outcome.as_judged()
        except WireError as error:
            failure = Failure(error.kind, error.told(lambda text: text), error.status)
        if response is not None and response.status in _CONDITIONAL:
            return Judgement(obstacle=f"the status is {response.status}")
        exchange = Exchange(1, proxied.request, response, failure, started, duration)
        try:
            found = await self._live.take(exchange, proxied.expected)
        except Exception as error:  # noqa: BLE001 - the client gets its response all the same
            self._live.fail(error)
            return Judgement(obstacle="this tool failed")
        failed = [verdict for verdict in found if verdict.outcome is Outcome.ERROR]
        obstacle = failure.message.rstrip(".") if failure else failed[0].reason if failed else ""
        return Judgement([verdict for verdict in found if verdict not in failed], obstacle)

    def _passed_on(
        self, proxied: ProxiedRequest, response: WholeResponse, judgement: Judgement
    ) -> web.StreamResponse:
        head, verdicts = response.head, judgement.verdicts
        more = violations(verdicts, head.raw_headers)
        levels = {Level.MUST, self._policy.fail_on}
        worst = [verdict for verdict in verdicts if verdict.requirement.level in levels]
        if self._policy.enforce and worst:
            found = [f"{v.requirement.id}: {v.findings[0].message}" for v in worst[:_MOST_QUOTED]]
            if len(worst) > _MOST_QUOTED:
                found.append(f"and {len(worst) - _MOST_QUOTED} more")
            title = "The upstream violates the contract"
            return self._own.error(_BAD_GATEWAY, title, "; ".join(found), proxied.operation, more)
        if self._policy.enforce and judgement.obstacle:
            return self._unjudged(proxied, judgement.obstacle, more)
        headers = proxied.passed_back(head.raw_headers)
        reason = sendable_reason(head.reason or "")
        return responses.whole(head.status, reason, headers, response.body, more)

    def _unjudged(
        self, proxied: ProxiedRequest, obstacle: str, more: Mapping[str, str] | None = None
    ) -> web.StreamResponse:
        title = "The upstream's response could not be judged"
        return self._own.error(_BAD_GATEWAY, title, f"{title}: {obstacle}", proxied.operation, more)

    def _lacking(self, proxied: ProxiedRequest, outcome: WholeResponse | WireError) -> str | None:
        """Return why the stub has to respond in place of the upstream, None if it does not.

        The upstream fails if it does not respond or the status is 5xx. It lacks the operation if
        the status is 404, 405 or 501, and the body is not an error in the contract's form.
        """
        if isinstance(outcome, WireError):
            return outcome.kind.value
        status = outcome.head.status
        if status in _SERVER_ERRORS:
            return str(status)
        if status not in _LACKING:
            return None
        form = self._live.contract.error
        known = proxied.judged and form is not None and _has_form(form, outcome)
        return None if known else str(status)

    async def _fall_back(self, proxied: ProxiedRequest, reason: str) -> web.StreamResponse:
        below = proxied.request.target[len(self._upstream.target.prefix) :]
        request = replace(proxied.request, target=below)
        return await self._own.stub(request, proxied.headers, {FALLBACK: reason})


@lru_cache(maxsize=256)
def _decoded(header: tuple[bytes, bytes]) -> tuple[str, str]:
    """Return a header as text; most responses have the same ones, which then are in memory once."""
    name, value = header
    return name.decode("latin-1"), value.decode("latin-1")


def _has_form(form: ErrorForm, response: WholeResponse) -> bool:
    """Whether a response is an error in the contract's form."""
    try:
        body = json.loads(response.decoded())
    except (WireError, ValueError, RecursionError):
        return False
    return isinstance(lookup(body, form.message), str)

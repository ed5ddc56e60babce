"""Operations of the contract: their answers are read whole, judged, and then sent on.

So an answer can say itself what is wrong with it, and be replaced where it should not be seen.
"""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import h11

from ...conformance.http import content_coding
from ...conformance.http.exchange import Exchange, Failure, FailureKind, Response
from ...conformance.http.wire import WireError, seconds
from ...spec.model import lookup
from ...spec.register import Level
from . import replies
from .messages import headers_of
from .upstream_exchange import UpstreamError, ask, broken, stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...conformance.rules.verdict import Verdict
    from ...spec.model import ErrorForm
    from .live import LiveJudge
    from .messages import MessageStream
    from .own_responses import OwnResponses, PlainResponse
    from .proxied_request import ProxiedRequest
    from .upstream import Upstream
    from .upstream_exchange import UpstreamResponse

MOST_BODY = 16 * 1024 * 1024
"""Bytes of an answer that is read whole; a larger one is passed on unjudged."""

_LACKING = {404, 405, 501}
_SERVER_ERRORS = range(500, 600)
# What is asked for because of a client's cache or in part: the contract knows no such thing.
_CONDITIONAL = {206, 304, 412, 416}
_BAD_GATEWAY, _LATE = 502, 504


@dataclass(frozen=True, slots=True)
class Policy:
    """What the proxy does with what it finds.

    With `enforce` an answer that violates the contract is replaced by an error; `fail_on` is the
    lowest level that counts. With `fallback` the stub answers what the upstream fails at or lacks.
    `timeout` is in seconds, for an answer to an operation of the contract.
    """

    enforce: bool = False
    fallback: bool = False
    fail_on: Level = Level.MUST
    timeout: float = 10.0


@dataclass(frozen=True, slots=True)
class Whole:
    """An answer that was read to its end."""

    head: h11.Response
    body: bytes

    def decoded(self) -> bytes:
        """Give the body without its content coding; raise WireError where that is broken."""
        headers = self.head.headers
        coding = b",".join(value for name, value in headers if name == b"content-encoding")
        decoder = content_coding.decoder(coding.decode("latin-1"), MOST_BODY)
        decoder.feed(self.body)
        return decoder.finish()


class Operations:
    """Answers the requests for operations of the contract."""

    def __init__(
        self, upstream: Upstream, live: LiveJudge, own: OwnResponses, policy: Policy
    ) -> None:
        self._upstream, self._live, self._own, self._policy = upstream, live, own, policy

    async def answer(
        self, client: MessageStream, asked: ProxiedRequest, body: Sequence[h11.Event]
    ) -> None:
        """Answer a request whose body was read."""
        sent = b"".join(bytes(event.data) for event in body if isinstance(event, h11.Data))
        asked.request = replace(asked.request, body=sent)
        started, clock = time.time(), time.perf_counter()
        outcome: Whole | WireError
        try:
            found = await self._ask(client, asked, body)
            if found is None:
                self._live.unjudged += asked.judged
                return
            outcome = found
        except WireError as error:
            outcome = error
        except asyncio.CancelledError:
            self._live.given_up += asked.judged
            raise
        taken = time.perf_counter() - clock
        verdicts = self._judged(asked, outcome, started, taken) if asked.judged else []
        reason = self._lacking(asked, outcome) if self._policy.fallback else None
        if reason is not None:
            await self._fall_back(client, asked, reason)
        elif isinstance(outcome, WireError):
            plain = unanswered(self._own, self._upstream, outcome, asked)
            await replies.send(client, plain, head=asked.request.method == "HEAD")
        else:
            await self._pass_on(client, asked, outcome, verdicts)

    async def _ask(
        self, client: MessageStream, asked: ProxiedRequest, body: Sequence[h11.Event]
    ) -> Whole | None:
        """Ask the upstream; None where the answer was too large, and is passed on already."""
        try:
            async with asyncio.timeout(self._policy.timeout):
                begun = await ask(self._upstream, asked, body, lambda: self._expect(asked))
                whole, start = await _read(begun)
        except TimeoutError:
            late = seconds(self._policy.timeout)
            message = f"The answer was not complete within {late}."
            raise WireError(FailureKind.TIMEOUT, message) from None
        if whole is None:
            try:
                await client.send(replies.head_of(begun.head), h11.Data(data=start))
                await stream(begun.wire, client)
            except BaseException:
                begun.wire.close()
                client.close()  # half an answer is all there is
                raise
        await begun.end(self._upstream)
        return whole

    def _expect(self, asked: ProxiedRequest) -> None:
        if asked.judged:
            with suppress(Exception):  # it is tried again, and told, when the answer is there
                asked.expected = self._live.expect(asked.request)

    def _judged(
        self, asked: ProxiedRequest, outcome: Whole | WireError, started: float, taken: float
    ) -> list[Verdict]:
        response, failure = None, None
        try:
            if isinstance(outcome, WireError):
                raise outcome
            response = _as_response(outcome)
        except WireError as error:
            failure = Failure(error.kind, error.told(lambda text: text))
        if response is not None and response.status in _CONDITIONAL:
            return []
        exchange = Exchange(1, asked.request, response, failure, started, taken)
        try:
            return self._live.take(exchange, asked.expected)
        except Exception as error:  # noqa: BLE001 - who waits for an answer gets it all the same
            self._live.tell(f"an answer could not be judged: {type(error).__name__}: {error}")
            return []

    async def _pass_on(
        self, client: MessageStream, asked: ProxiedRequest, answer: Whole, verdicts: list[Verdict]
    ) -> None:
        headers = replies.violations(verdicts, headers_of(answer.head))
        levels = {Level.MUST, self._policy.fail_on}
        worst = [verdict for verdict in verdicts if verdict.requirement.level in levels]
        if self._policy.enforce and worst:
            await replies.send(client, self._replaced(asked, worst), headers)
            return
        body = [h11.Data(data=answer.body)] if answer.body else []
        await client.send(replies.head_of(answer.head, headers), *body, h11.EndOfMessage())

    def _replaced(self, asked: ProxiedRequest, verdicts: list[Verdict]) -> PlainResponse:
        told = "; ".join(f"{v.requirement.id}: {v.findings[0].message}" for v in verdicts[:3])
        more = f"; and {len(verdicts) - 3} more" if len(verdicts) > 3 else ""  # noqa: PLR2004
        title = "The upstream violates the contract"
        return self._own.error(_BAD_GATEWAY, title, f"{told}{more}", asked.operation)

    def _lacking(self, asked: ProxiedRequest, outcome: Whole | WireError) -> str | None:
        """Say why the upstream has no answer of its own, None where it has one.

        It fails where no answer comes or one of 5xx; it lacks the operation where it answers 404,
        405 or 501, and not in the contract's form.
        """
        if isinstance(outcome, WireError):
            return outcome.kind.value
        status = outcome.head.status_code
        if status in _SERVER_ERRORS:
            return str(status)
        if status not in _LACKING:
            return None
        form = self._live.contract.error
        known = asked.judged and form is not None and _has_form(form, outcome)
        return None if known else str(status)

    async def _fall_back(self, client: MessageStream, asked: ProxiedRequest, reason: str) -> None:
        request = asked.request
        path, _, query = request.target.decode("latin-1").partition("?")
        below = path[len(self._upstream.target.prefix) :]
        plain = await self._own.stub(request.method, below, query, asked.headers, request.body)
        more = [(replies.FALLBACK, reason.encode("latin-1"))]
        await replies.send(client, plain, more, head=request.method == "HEAD")


def unanswered(
    own: OwnResponses, upstream: Upstream, error: WireError, asked: ProxiedRequest
) -> PlainResponse:
    """Write what a client gets where the upstream gives no answer."""
    told = error.told(lambda text: text).rstrip(".")
    status = _LATE if error.kind is FailureKind.TIMEOUT else _BAD_GATEWAY
    title = "The upstream does not answer"
    detail = f"{upstream.target.url} does not answer: {told}"
    return own.error(status, title, detail, asked.operation)


async def _read(begun: UpstreamResponse) -> tuple[Whole | None, bytes]:
    """Read an answer to its end, or give its beginning where it is too large."""
    body = bytearray()
    try:
        while True:
            event = await begun.wire.event()
            if isinstance(event, h11.Data):
                body += event.data
                if len(body) > MOST_BODY:
                    return None, bytes(body)
            elif isinstance(event, h11.EndOfMessage) and isinstance(begun.head, h11.Response):
                return Whole(begun.head, bytes(body)), b""
            else:
                raise broken(h11.RemoteProtocolError("no answer"), begun.wire)  # noqa: TRY301
    except UpstreamError as error:
        begun.wire.close()
        raise broken(error, begun.wire) from None
    except BaseException:
        begun.wire.close()
        raise


def _as_response(answer: Whole) -> Response:
    head = answer.head
    return Response(
        status=head.status_code,
        reason=head.reason.decode("latin-1"),
        http_version=f"HTTP/{head.http_version.decode('latin-1')}",
        headers=tuple(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in headers_of(head)
        ),
        body=answer.decoded(),
        raw_size=len(answer.body),
    )


def _has_form(form: ErrorForm, answer: Whole) -> bool:
    """Whether an answer is an error as the contract writes them."""
    try:
        body = json.loads(answer.decoded())
    except (WireError, ValueError, RecursionError):
        return False
    return isinstance(lookup(body, form.message), str)

"""What stands in the way to a server is told apart from its refusal of a token."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.config.run_config import RunConfig
from ruangkerja.conformance.evidence.evidence import Evidence
from ruangkerja.conformance.http.exchange import Exchange, Failure, FailureKind, Response
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.records.request_parser import RequestParser
from ruangkerja.conformance.requests.probes.plan import first
from ruangkerja.conformance.requests.sending.gateways import Refuser, who_refused
from ruangkerja.spec import contract as contracts
from tests.helpers.backend import TOKEN, error

if TYPE_CHECKING:
    from ruangkerja.conformance.records.record import Record

CONTRACT = contracts.load()
PAGE = b"<!DOCTYPE html><title>Sorry</title><h1>Sorry</h1>"
LOGIN = b"<html><form><input name=u><input name=p type='password'></form></html>"
NGINX = b"<html><title>400 No required SSL certificate was sent</title>nginx</html>"
DENIED = json.dumps(error(401, "no").body).encode()
KONG = b'{"message":"No API key found in request"}'


def record(response: Response | None, failure: Failure | None = None) -> Record:
    """Make a record of the first request of a survey."""
    target = Target.parse("http://127.0.0.1:1")
    caller = RunConfig(CONTRACT, TOKEN).callers(target)[0]
    evidence = Evidence(CONTRACT, RequestParser(CONTRACT, "", frozenset({TOKEN})))
    return evidence.add(Exchange(1, first(caller).request, response, failure, 0.0, 0.0))


def answered(status: int, body: bytes, **headers: str) -> Record:
    """Make a record of a response."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    form = "application/json" if body.startswith(b"{") else "text/html"
    given = {"Content-Type": form, **named}
    return record(Response(status, "", "HTTP/1.1", tuple(given.items()), body, len(body)))


@pytest.mark.parametrize(
    ("refused", "kind", "advice"),
    [
        (answered(401, DENIED), Refuser.TOKEN, "--token-file"),
        (answered(403, DENIED, Server="cloudflare"), Refuser.TOKEN, "--token-file"),
        (answered(401, KONG, WWW_Authenticate="Bearer"), Refuser.TOKEN, "--token-file"),
        (answered(401, PAGE, WWW_Authenticate='Basic realm="x"'), Refuser.GATEWAY_LOGIN, "--basic"),
        (answered(401, b"", WWW_Authenticate="Negotiate"), Refuser.GATEWAY_LOGIN, "--header"),
        (answered(401, PAGE), Refuser.GATEWAY_LOGIN, "--basic"),
        (answered(403, PAGE), Refuser.BLOCKED, "--header"),
        (answered(403, KONG), Refuser.UNCLEAR, "--header"),
        (answered(400, NGINX), Refuser.CERTIFICATE, "--cert"),
        (answered(403, b"<p>TLS Client Certificate required"), Refuser.CERTIFICATE, "--cert"),
        (answered(496, b""), Refuser.CERTIFICATE, "--cert"),
        (answered(302, b"", Location="https://id.test/sso?next=x"), Refuser.LOGIN_PAGE, "--header"),
        (answered(200, LOGIN), Refuser.LOGIN_PAGE, "--header"),
        (answered(200, PAGE), Refuser.MAINTENANCE, "again"),
        (answered(503, PAGE), Refuser.MAINTENANCE, "again"),
        (answered(502, b""), Refuser.MAINTENANCE, "again"),
        (answered(429, KONG), Refuser.LIMITER, "--rate"),
        (answered(503, b"", Retry_After="3"), Refuser.LIMITER, "--rate"),
    ],
)
def test_who_refused_is_told_by_the_response(refused: Record, kind: Refuser, advice: str) -> None:
    refusal = who_refused(refused)
    assert refusal is not None
    assert refusal.kind is kind
    assert advice in refusal.advice


@pytest.mark.parametrize(
    "fine",
    [
        answered(200, b"{}"),
        answered(404, json.dumps(error(404, "no").body).encode()),
        answered(400, json.dumps(error(400, "certificate").body).encode()),
        answered(500, KONG),
        answered(302, b"", Location="/lessons/authors"),
        record(None, Failure(FailureKind.TIMEOUT, "late.")),
        record(None, Failure(FailureKind.TLS, "TLS failed: wrong version number.")),
    ],
)
def test_what_a_server_may_do_by_itself_is_no_obstacle(fine: Record) -> None:
    assert who_refused(fine) is None


@pytest.mark.parametrize(
    ("failure", "kind", "advice"),
    [
        (Failure(FailureKind.PROXY, "407."), Refuser.PROXY, "--proxy"),
        (
            Failure(FailureKind.TLS, "tlsv13 alert certificate required."),
            Refuser.CERTIFICATE,
            "--cert",
        ),
        (
            Failure(FailureKind.TLS, "The certificate of x is not accepted: self-signed."),
            Refuser.UNTRUSTED,
            "--ca-file",
        ),
        (
            Failure(FailureKind.TLS, "The certificate of x is not accepted: Hostname mismatch."),
            Refuser.UNTRUSTED,
            "--resolve",
        ),
    ],
)
def test_who_refused_is_told_by_the_failure(failure: Failure, kind: Refuser, advice: str) -> None:
    refusal = who_refused(record(None, failure))
    assert refusal is not None
    assert refusal.kind is kind
    assert advice in refusal.advice

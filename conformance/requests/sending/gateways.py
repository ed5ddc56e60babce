"""Who stands in the way: what a response or a failure says about the way to the server.

A token that is refused, a gateway that wants a login of its own, a firewall, a missing client
certificate, a login page and a maintenance page look alike to a status code. They are told apart
by the form of the body, by the challenge in WWW-Authenticate and by the reason of a failure:

    refusal = who_refused(record)
    if refusal is not None:
        refusal = refusal.of(connection)
        refusal.kind      # Refuser.BLOCKED
        refusal.what      # "a firewall or gateway blocks the request before it reaches the API"
        refusal.advice    # "Give the header that it expects with --header NAME=VALUE"

A response is judged by itself: whether it is expected is for the caller to know. A 401 to a request
with a wrong token is no obstacle, and a 200 with HTML from the first request on is a mistake of the
server.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from ....spec.describing import joined
from ...http.exchange import FailureKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...client.connection_settings import ConnectionSettings
    from ...http.exchange import Failure, Response
    from ...records.record import Record


class Refuser(StrEnum):
    """Who or what keeps a request from a good response."""

    TOKEN = "token"  # noqa: S105 - a word, not a secret
    """The API refuses the token: the body is the contract's error, or a 401 asks for a token."""
    GATEWAY_LOGIN = "gateway login"
    """A gateway in front of the server asks for a login of its own, such as Basic."""
    BLOCKED = "blocked"
    """A firewall or gateway answers 403 in place of the API."""
    UNCLEAR = "unclear"
    """A 401 or 403 that is neither the contract's error nor a page: the API or a gateway."""
    CERTIFICATE = "certificate"
    """The server asks for a client certificate, or does not accept the one it got."""
    UNTRUSTED = "untrusted"
    """The certificate of the server is not trusted."""
    PROXY = "proxy"
    """The HTTP proxy does not let the request through."""
    LOGIN_PAGE = "login page"
    """A login page, or a redirect to one, in place of the API."""
    MAINTENANCE = "maintenance"
    """A page, or no upstream, in place of the API: 502, 503, 504, or HTML with any other status."""
    LIMITER = "limiter"
    """429, or 503 with a time to try again."""


class Refusal(NamedTuple):
    """Who refused, a clause that says so, and a sentence that says what to do, without its end."""

    kind: Refuser
    what: str
    advice: str

    def of(self, connection: ConnectionSettings) -> Refusal:
        """Return what it means for requests that had what these settings say for a gateway."""
        if connection.basic and "--basic" in self.advice and self.kind is Refuser.GATEWAY_LOGIN:
            what = "a gateway in front of the server rejects the user and the password of --basic"
            return self._replace(what=what, advice="Check them")
        if not connection.headers or self.kind not in _BY_HEADER:
            return self
        names = joined([name for name, _ in connection.headers], "and")
        what = f"{self.what}, although --header gave it {names}"
        return self._replace(what=what, advice="Check the value, and what else it expects")


_BY_HEADER = {Refuser.GATEWAY_LOGIN, Refuser.BLOCKED, Refuser.LOGIN_PAGE}
_CERTIFICATE = re.compile(rb"(?:ssl|tls|client)\W{0,3}certificate", re.IGNORECASE)
_CERTIFICATE_STATUSES = {400, 403, 495, 496}
_NGINX_ONLY = {495, 496}
# What OpenSSL calls the alerts of a server that misses or rejects a client certificate.
_ALERT = re.compile(
    r"certificate required|alert (?:handshake failure|bad certificate|unknown ca)"
    r"|alert certificate (?:unknown|expired|revoked)|alert access denied"
)
_LOGIN = re.compile(
    r"log-?[io]n|sign-?in|(?<![a-z])(?:sso|saml2?|oauth2?|openid|auth|authorize|cas)(?![a-z])",
    re.IGNORECASE,
)
_PASSWORD = re.compile(rb"<input\b[^>]{0,300}\btype\s*=\s*[\"']?password", re.IGNORECASE)
_READ = 65_536
# Challenges of a login that is not the API's. Bearer is one of the API as well.
_LOGINS = ("basic", "digest", "negotiate", "ntlm", "kerberos")
_GATEWAY_ERRORS = {502, 503, 504}
_UNAUTHORIZED, _FORBIDDEN, _TOO_MANY, _UNAVAILABLE = 401, 403, 429, 503

_GIVE_TOKEN = "Give a valid one with --token, --token-file or RUANGKERJA_TOKEN"  # noqa: S105
_GIVE_HEADER = "Give the header that it expects with --header NAME=VALUE"
_GIVE_BASIC = "Give its user and password with --basic USER:FILE"
_GIVE_CERTIFICATE = "Give a client certificate that the server accepts with --cert and --key"
# What OpenSSL calls a certificate that no authority can make good, and what to do.
_ADVICE = {
    "mismatch": "Use a name that the certificate has; --resolve connects it to any address",
    "expired": "Renew the certificate of the server",
    "not yet valid": "Check the clocks of the server and of this machine",
}
_GIVE_AUTHORITIES = "Give the authorities that vouch for it with --ca-file"


def who_refused(record: Record) -> Refusal | None:
    """Return who kept a request from a good response, or None if nothing in the way is known."""
    failure, response = record.exchange.failure, record.response
    if failure is not None:
        return _of_failure(failure)
    if response is None or record.is_error_by_body:
        return _of_the_api(record)
    if _misses_certificate(response):
        what = "the server asks for a client certificate that it accepts"
        return Refusal(Refuser.CERTIFICATE, what, _GIVE_CERTIFICATE)
    if _is_busy(response):
        return _BUSY
    if response.status == _UNAUTHORIZED:
        return _of_unauthorized(record, response)
    return _of_others(response)


def obstacle(records: Sequence[Record]) -> Refusal | None:
    """Return what kept requests, which have to reach the API, from it, or None.

    A token counts as refused if no request with a valid one was accepted.
    """
    found = [(record, who_refused(record)) for record in records]
    for _, refusal in found:
        if refusal is not None and refusal.kind in _IN_FRONT:
            return refusal
    valid = [each for record, each in found if record.reading.has_valid_token]
    if valid and all(each is not None and each.kind is Refuser.TOKEN for each in valid):
        return valid[0]
    return None


_IN_FRONT = {
    *(Refuser.GATEWAY_LOGIN, Refuser.BLOCKED, Refuser.CERTIFICATE),
    *(Refuser.UNTRUSTED, Refuser.PROXY, Refuser.LOGIN_PAGE),
}


def _misses_certificate(response: Response) -> bool:
    if response.status not in _CERTIFICATE_STATUSES:
        return False
    return response.status in _NGINX_ONLY or bool(_CERTIFICATE.search(response.body[:_READ]))


def _of_others(response: Response) -> Refusal | None:
    if response.status in range(300, 400):
        return _of_redirect(response)
    return _of_forbidden(response) if response.status == _FORBIDDEN else _of_page(response)


def _of_failure(failure: Failure) -> Refusal | None:
    if failure.kind is FailureKind.PROXY:
        return Refusal(
            Refuser.PROXY,
            "the proxy does not let the request through",
            "Check --proxy and its password, or leave the server out of it with NO_PROXY",
        )
    if failure.kind is not FailureKind.TLS:
        return None
    if _ALERT.search(failure.message):
        # It says no more of a handshake that fails.
        what = "the server rejects the TLS handshake, perhaps for want of a client certificate"
        return Refusal(Refuser.CERTIFICATE, what, _GIVE_CERTIFICATE)
    if "is not accepted" in failure.message:
        found = (advice for reason, advice in _ADVICE.items() if reason in failure.message)
        what = "the certificate of the server is not trusted"
        return Refusal(Refuser.UNTRUSTED, what, next(found, _GIVE_AUTHORITIES))
    return None


_BUSY = Refusal(
    Refuser.LIMITER,
    "the server accepts no more requests for now",
    "Try again later, or with --rate",
)


def _of_the_api(record: Record) -> Refusal | None:
    """Return what an error in the contract's form says."""
    response = record.response
    if response is None:
        return None
    if response.status in {_UNAUTHORIZED, _FORBIDDEN} or _denies(record):
        return Refusal(Refuser.TOKEN, "the token was rejected", _GIVE_TOKEN)
    return _BUSY if _is_busy(response) else None


def _denies(record: Record) -> bool:
    """Whether an error has a code of the contract that stands for a refused token."""
    form = record.contract.error
    return form is not None and form.code_of(record.body) in form.denied


def _of_unauthorized(record: Record, response: Response) -> Refusal:
    challenges = [value.strip() for value in response.header_values("WWW-Authenticate")]
    own = {each.scheme.lower() for each in record.operation.first_schemes if each.scheme}
    for challenge in challenges:
        scheme = challenge.partition(" ")[0].rstrip(",")
        if scheme.lower() in _LOGINS and scheme.lower() not in own:
            what = f"a gateway in front of the server asks for {scheme.capitalize()} authentication"
            advice = _GIVE_BASIC if scheme.lower() == "basic" else _GIVE_HEADER
            return Refusal(Refuser.GATEWAY_LOGIN, what, advice)
    if challenges:
        return Refusal(Refuser.TOKEN, "the token was rejected", _GIVE_TOKEN)
    if response.is_page:
        return Refusal(
            Refuser.GATEWAY_LOGIN,
            "a gateway in front of the server asks for a login",
            "Give what it expects with --basic USER:FILE or --header NAME=VALUE",
        )
    return _UNCLEAR


def _of_forbidden(response: Response) -> Refusal:
    if response.is_page:
        what = "a firewall or gateway blocks the request before it reaches the API"
        return Refusal(Refuser.BLOCKED, what, _GIVE_HEADER)
    return _UNCLEAR


_UNCLEAR = Refusal(
    Refuser.UNCLEAR,
    "the token was rejected, by the API or by a gateway in front of it: the body is not the "
    "contract's error",
    f"{_GIVE_TOKEN}; for a gateway, see --basic and --header",
)


def _of_redirect(response: Response) -> Refusal | None:
    location = response.header("Location") or ""
    if not _LOGIN.search(location.partition("#")[0]):
        return None
    return _AT_LOGIN


_AT_LOGIN = Refusal(
    Refuser.LOGIN_PAGE,
    "a login page answers in place of the API",
    "Log in as it expects, for example with --header 'Cookie=NAME=VALUE', or use an address of "
    "the API itself",
)


def _of_page(response: Response) -> Refusal | None:
    if response.is_page and _PASSWORD.search(response.body[:_READ]):
        return _AT_LOGIN
    if response.status in _GATEWAY_ERRORS or response.is_page:
        return Refusal(
            Refuser.MAINTENANCE,
            "the API is not available: "
            + ("a page answers in its place" if response.is_page else "there is no upstream"),
            "Try again when the service is up",
        )
    return None


def _is_busy(response: Response) -> bool:
    if response.status == _TOO_MANY:
        return True
    return response.status == _UNAVAILABLE and response.header("Retry-After") is not None

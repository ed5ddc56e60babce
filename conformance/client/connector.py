"""Opens connections to the target: name resolution, TCP, the tunnel of a proxy, and TLS."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from ..http.exchange import FailureKind
from ..http.wire import WireError, seconds, tls_reason
from .connection_settings import ConnectionSettings, default_tls
from .http_proxy import ProxyError, open_tunnel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..http.target import Target
    from ..http.wire import Deadline


class _Address(NamedTuple):
    family: socket.AddressFamily
    sockaddr: tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]


class Connector:
    """Opens connections to one target, as the settings say.

    The name is resolved once, and the last address that worked is tried first.
    """

    def __init__(self, target: Target, settings: ConnectionSettings | None = None) -> None:
        settings = settings or ConnectionSettings()
        self._target = target
        self._addresses: list[_Address] = []
        self._tls = settings.tls
        self._authority = self._where = _where(target.host, target.port)
        self._proxy, self._mistake = None, ""
        try:
            self._proxy = settings.proxy_for(target)
        except ProxyError as error:
            self._mistake = str(error)
        host, port = (
            (self._proxy.host, self._proxy.port) if self._proxy else (target.host, target.port)
        )
        self._first = settings.address_of(host, port), port
        if self._first[0] not in {target.host, host}:
            self._where = f"{self._where} ({self._first[0]})"
        if self._proxy is not None:
            self._where = f"{self._where} through the proxy {self._proxy.address}"

    def dial(self, deadline: Deadline) -> socket.socket:
        """Return a connected socket that the caller has to close. Raises WireError."""
        if self._mistake:
            raise WireError(FailureKind.PROXY, f"{self._mistake}.")
        try:
            connected = self._connect(deadline)
        except TimeoutError:
            raise self._unreachable([TimeoutError()], deadline) from None
        if self._target.scheme != "https":
            return connected
        with _closed_on_error(connected):
            if self._proxy is not None:
                open_tunnel(connected, self._proxy, self._authority, deadline)
            return self._encrypt(connected, deadline)

    def _connect(self, deadline: Deadline) -> socket.socket:
        # Other threads may connect meanwhile, so the list is replaced and never changed.
        addresses = self._addresses or self._look_up(deadline)
        errors: list[OSError] = []
        for place, address in enumerate(addresses):
            try:
                # Leave time for the other addresses if one drops packets.
                share = deadline.remaining() / (len(addresses) - place)
                connected = _connected(address, share)
            except OSError as error:
                errors.append(error)
                continue
            self._addresses = [address, *addresses[:place], *addresses[place + 1 :]]
            return connected
        self._addresses = []
        raise self._unreachable(errors, deadline)

    def _look_up(self, deadline: Deadline) -> list[_Address]:
        try:
            return _look_up(*self._first, deadline)
        except WireError as error:
            if self._proxy is None:
                raise
            raise WireError(FailureKind.PROXY, f"The proxy: {error}") from None

    def _unreachable(self, errors: list[OSError], deadline: Deadline) -> WireError:
        if self._proxy is not None:
            reason = next((e.strerror or str(e) for e in errors if str(e)), "it took too long")
            what = f"The proxy {self._proxy.address} cannot be reached: {reason.lower()}."
            return WireError(FailureKind.PROXY, what)
        if any(isinstance(error, ConnectionRefusedError) for error in errors):
            return WireError(
                FailureKind.REFUSED,
                f"Nothing accepts connections at {self._where}.",
            )
        if any(isinstance(error, ConnectionResetError) for error in errors):
            if self._target.scheme == "https":
                what = f"TLS with {self._where} failed: the connection was reset."
                return WireError(FailureKind.TLS, what)
            what = "The server closed the connection without a response."
            return WireError(FailureKind.DROPPED, what)
        if any(isinstance(error, TimeoutError) for error in errors):
            return WireError(
                FailureKind.TIMEOUT,
                f"Connecting to {self._where} took longer than {seconds(deadline.seconds)}.",
            )
        reasons = ", ".join(dict.fromkeys(error.strerror or str(error) for error in errors))
        return WireError(FailureKind.UNREACHABLE, f"{self._where} cannot be reached: {reasons}.")

    def _encrypt(self, connected: socket.socket, deadline: Deadline) -> ssl.SSLSocket:
        if self._tls is None:
            self._tls = default_tls()
        try:
            connected.settimeout(deadline.remaining())
            # If the connection has failed already, wrap_socket would leak the socket.
            connected.getpeername()
            return self._tls.wrap_socket(connected, server_hostname=self._target.host)
        except TimeoutError:
            raise WireError(
                FailureKind.TIMEOUT,
                f"The TLS handshake with {self._where} took longer than "
                f"{seconds(deadline.seconds)}.",
            ) from None
        except ssl.SSLCertVerificationError as error:
            reason = error.verify_message.rstrip(".")
            raise WireError(
                FailureKind.TLS, f"The certificate of {self._where} is not accepted: {reason}."
            ) from None
        except ssl.SSLError as error:
            if error.reason in {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG"}:
                what = f"{self._where} does not use TLS; the URL may have to start with http://."
            else:
                what = f"TLS with {self._where} failed: {tls_reason(error)}."
            raise WireError(FailureKind.TLS, what) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise WireError(FailureKind.TLS, f"TLS with {self._where} failed: {reason}.") from None


def _connected(address: _Address, timeout: float) -> socket.socket:
    connected = socket.socket(address.family, socket.SOCK_STREAM)
    with _closed_on_error(connected):
        connected.settimeout(timeout)
        connected.connect(address.sockaddr)
        if _is_own_peer(connected):
            # The system chose the closed target port as the local port of this socket.
            raise ConnectionRefusedError
        with suppress(OSError):  # it was reset already, which the first use reports
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connected


def _is_own_peer(connected: socket.socket) -> bool:
    try:
        return bool(connected.getsockname() == connected.getpeername())
    except OSError:
        return False  # it was reset already, too


@contextmanager
def _closed_on_error(opened: socket.socket) -> Iterator[None]:
    try:
        yield
    except BaseException:
        opened.close()
        raise


def _where(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _look_up(host: str, port: int, deadline: Deadline) -> list[_Address]:
    try:
        return _addresses(host, port, socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        pass
    # The system call has no time limit, so its thread is abandoned after the deadline.
    found: list[_Address] = []
    errors: list[Exception] = []

    def look_up() -> None:
        try:
            found.extend(_addresses(host, port))
        except (OSError, UnicodeError) as error:
            errors.append(error)

    thread = threading.Thread(target=look_up, name="look-up", daemon=True)
    thread.start()
    thread.join(deadline.remaining())
    if thread.is_alive():
        raise WireError(
            FailureKind.TIMEOUT,
            f"Resolving {host} took longer than {seconds(deadline.seconds)}.",
        )
    if errors or not found:
        reason = next((getattr(error, "strerror", None) for error in errors), None)
        raise WireError(
            FailureKind.UNREACHABLE,
            f"The host name {host} cannot be resolved ({reason or 'it has no address'}).",
        )
    return found


def _addresses(host: str, port: int, flags: int = 0) -> list[_Address]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    return [_Address(family, sockaddr) for family, _, _, _, sockaddr in found]

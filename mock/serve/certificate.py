"""The certificate that the stub serves HTTPS with: one of your own, or one that it makes and keeps.

A certificate that the stub makes is signed by an authority of its own, whose key is never written.
So a browser that trusts the authority trusts this one certificate, and nobody can make another.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import ssl
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import trustme
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from ...spec.describing import joined
from ...spec.documents.writing import write
from .listening import CertificateError, reachable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..settings import Settings

AUTHORITY, SERVER = "ruangkerja-ca.pem", "ruangkerja-server.pem"
"""The files of a certificate that the stub makes: its authority, and itself with its key."""
_HERE = ("localhost", "127.0.0.1", "::1")
_VALID, _RENEWED = datetime.timedelta(days=820), datetime.timedelta(days=30)
"""How long a certificate is valid (Apple's systems accept 825 days), and the time left at which it
is replaced."""
_KEYS = (ec.SECP256R1, ec.SECP384R1, rsa.RSAPrivateKey, ed25519.Ed25519PrivateKey)
"""The keys that the server can use."""
_DAY = datetime.timedelta(days=1)
_OF_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Certificate:
    """The file of a certificate, and that of its key, which may be the same.

    `authority` is the file of the authority to trust, None for a certificate of your own; `notes`
    are lines for people.
    """

    file: Path
    key: Path
    authority: Path | None = None
    notes: tuple[str, ...] = ()


def certificate_of(settings: Settings, now: datetime.datetime) -> Certificate:
    """Return the certificate to serve with these settings; it is made if it has to be.

    Raises CertificateError if it cannot be read, served or written.
    """
    if settings.tls_cert is not None:
        return _own(Path(settings.tls_cert), Path(settings.tls_key or settings.tls_cert), now)
    names = [*_HERE, *map(_pattern, settings.allowed_hosts)]
    if settings.host and reachable(settings.host) == settings.host:
        names.append(settings.host)
    folder = Path(settings.tls_folder or _users_folder()).absolute()
    try:
        with _locked(folder):
            return _kept(folder, list(dict.fromkeys(names)), now)
    except OSError as error:
        raise CertificateError(
            f"{error.filename}: {error.strerror}; choose another folder with --tls-folder"
        ) from None


def _users_folder() -> Path:
    state = os.environ.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "ruangkerja"


def _pattern(name: str) -> str:
    """Return an allowed host as a certificate has it: all names below one begin with `*.`."""
    return f"*{name}" if name.startswith(".") else name


def _own(file: Path, key: Path, now: datetime.datetime) -> Certificate:
    first = _chain(file, key)[0]
    notes = []
    if not first.not_valid_before_utc <= now <= first.not_valid_after_utc:
        dates = f"{first.not_valid_before_utc:%Y-%m-%d} to {first.not_valid_after_utc:%Y-%m-%d}"
        notes.append(f"warning: {file} is valid from {dates} only; clients will reject it")
    return Certificate(file, key, notes=tuple(notes))


def _kept(folder: Path, names: Sequence[str], now: datetime.datetime) -> Certificate:
    """Return the certificate in a folder if it has all names and does not end soon, or a new one.

    A new one has the names of the one before, too: two projects with one folder do not take turns.
    One that others could read or write is replaced.
    """
    file, authority = folder / SERVER, folder / AUTHORITY
    notes = []
    try:
        chain = _chain(file, file)
        before = _names(chain[0])
    except (CertificateError, ValueError, x509.ExtensionNotFound):
        chain, before = [], []
    ends_soon = not chain or chain[0].not_valid_after_utc < now + _RENEWED
    if ends_soon or not set(names) <= set(before) or not _is_private(file):
        _make(file, list(dict.fromkeys([*before, *names])), now)
        chain = _chain(file, file)
        known = joined(_names(chain[0]), "and")
        until = chain[0].not_valid_after_utc
        notes.append(f"new certificate for {known}, valid until {until:%Y-%m-%d}")
    public = chain[-1].public_bytes(Encoding.PEM).decode()
    if not authority.is_file() or authority.read_text(encoding="latin-1") != public:
        write(authority, public)
    notes.append(
        f"certificate authority: {authority} (use it as curl --cacert FILE or"
        " NODE_EXTRA_CA_CERTS=FILE, or import it in the browser)"
    )
    return Certificate(file, file, authority, tuple(notes))


def _is_private(file: Path) -> bool:
    """Whether a file is its user's alone; Windows has no modes that would say so."""
    if os.name != "posix":
        return True
    status = file.stat()
    return status.st_uid == os.getuid() and not status.st_mode & _OF_OTHERS


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one process at a time make the certificate of a folder, where the system can do that."""
    folder.mkdir(parents=True, exist_ok=True)
    if sys.platform == "win32":
        yield
        return
    import fcntl  # noqa: PLC0415 - Windows has none

    number = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # not all file systems have locks
            fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)


def _make(file: Path, names: Sequence[str], now: datetime.datetime) -> None:
    """Write a certificate with its key and its authority into a file that only its owner reads."""
    authority = trustme.CA(path_length=0, organization_name="ruangkerja mock")
    for name in names:
        try:
            authority.issue_cert(name)
        except ValueError:
            raise CertificateError(f"a certificate cannot have the name {name}") from None
    made = authority.issue_cert(
        *names,
        organization_name="ruangkerja mock",
        not_before=now - _DAY,
        not_after=now - _DAY + _VALID,
    )
    pem = made.private_key_and_cert_chain_pem.bytes() + authority.cert_pem.bytes()
    write(file, pem.decode(), private=True)


def _chain(file: Path, key: Path) -> list[x509.Certificate]:
    """Return the certificates of a file; raise CertificateError if they or the key do not serve."""
    try:
        found = x509.load_pem_x509_certificates(_read(file))
    except ValueError:
        raise CertificateError(f"{file}: expected a certificate in PEM format") from None
    try:
        private = load_pem_private_key(_read(key), None)
    except TypeError:
        raise CertificateError(
            f"{key}: the key is encrypted; decrypt it with openssl pkey -in FILE -out FILE"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise CertificateError(
            f"{key}: expected a private key in PEM format; --tls-key names it"
        ) from None
    if found[0].public_key() != private.public_key():
        raise CertificateError(f"{key}: the key is not that of the certificate in {file}")
    kind = private.curve if isinstance(private, ec.EllipticCurvePrivateKey) else private
    if not isinstance(kind, _KEYS):
        raise CertificateError(f"{key}: expected a key for RSA, P-256, P-384 or Ed25519")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(file, key)
    except ssl.SSLError as error:  # such as a key that is too small
        reason = (error.reason or "it cannot be read").lower().replace("_", " ")
        raise CertificateError(f"{file}: {reason}") from None
    return found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CertificateError(f"{path}: {error.strerror}") from None


def _names(certificate: x509.Certificate) -> list[str]:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = names.get_values_for_type(x509.IPAddress)
    return [*names.get_values_for_type(x509.DNSName), *map(str, addresses)]

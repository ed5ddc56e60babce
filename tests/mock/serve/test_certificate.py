"""HTTPS: the certificate that is served, and what HTTP/2 changes."""

from __future__ import annotations

import datetime
import http.client
import json
import os
import runpy
import shutil
import ssl
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from ruangkerja.mock.serve.certificate import AUTHORITY, SERVER, certificate_of
from ruangkerja.mock.serve.listening import CertificateError
from ruangkerja.mock.serve.server import MockServer
from ruangkerja.mock.settings import Settings

from ...helpers import http2
from ..conftest import TOKEN, USERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ...helpers.browsing import Browser

NOW = datetime.datetime(2026, 11, 26, tzinfo=datetime.UTC)
PKCS8 = PrivateFormat.PKCS8


@pytest.fixture(scope="module")
def stub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MockServer]:
    folder = tmp_path_factory.mktemp("certificate")
    with MockServer(tls=True, tls_folder=folder, allowed_hosts=("shop.test",)) as server:
        yield server


def self_signed(key: ec.EllipticCurvePrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, NOW, NOW)
    made = builder.sign(key, hashes.SHA512()).public_bytes(Encoding.PEM)
    return key.private_bytes(Encoding.PEM, PKCS8, NoEncryption()) + made


def port_of(server: MockServer) -> int:
    return urlsplit(server.url).port or 0


def names(folder: Path) -> set[str]:
    """The names for which a client that trusts the authority accepts the certificate."""
    context = ssl.create_default_context(cafile=folder / AUTHORITY)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / SERVER)
    return {
        name
        for name in ("localhost", "127.0.0.1", "::1", "shop.test", "a.dev.test", "x.test")
        if shakes_hands(context, server, name)
    }


def shakes_hands(client: ssl.SSLContext, server: ssl.SSLContext, name: str) -> bool:
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(back, there, server_hostname=name)
    theirs = server.wrap_bio(there, back, server_side=True)
    for _ in range(3):
        for side in (ours, theirs):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError:
                return False
    return True


def test_a_certificate_is_made_once_and_only_its_owner_reads_the_key(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    settings = Settings(tls=True, tls_folder=folder)
    first = certificate_of(settings, NOW)
    assert first.authority == folder / AUTHORITY
    assert [note.partition(" (")[0] for note in first.notes] == [
        "new certificate for localhost, 127.0.0.1 and ::1, valid until 2029-02-22",
        f"certificate authority: {folder / AUTHORITY}",
    ]
    assert stat.S_IMODE((folder / SERVER).stat().st_mode) == 0o600
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    again = certificate_of(settings, NOW + datetime.timedelta(days=700))
    assert again.notes == first.notes[1:]
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


@pytest.mark.skipif(os.name != "posix", reason="this system has no modes of files")
def test_a_key_that_others_could_read_is_replaced(tmp_path: Path) -> None:
    settings = Settings(tls=True, tls_folder=tmp_path)
    file = certificate_of(settings, NOW).file
    before = file.read_bytes()
    file.chmod(0o644)
    certificate_of(settings, NOW)
    assert file.read_bytes() != before
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_stubs_that_start_together_make_one_certificate(tmp_path: Path) -> None:
    settings = Settings(tls=True, tls_folder=tmp_path)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: certificate_of(settings, NOW), range(4)))
    assert sum("new certificate" in note for each in found for note in each.notes) == 1


def test_the_key_of_the_authority_is_in_no_file(tmp_path: Path) -> None:
    certificate_of(Settings(tls=True, tls_folder=tmp_path), NOW)
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert kept.count(b"PRIVATE KEY-----") == 2  # the beginning and the end of one
    authority = x509.load_pem_x509_certificate((tmp_path / AUTHORITY).read_bytes())
    key = load_pem_private_key((tmp_path / SERVER).read_bytes(), None)
    assert authority.public_key() != key.public_key()


def test_it_is_for_this_machine_and_for_the_names_that_were_asked_for(tmp_path: Path) -> None:
    here = {"localhost", "127.0.0.1", "::1"}
    now = datetime.datetime.now(datetime.UTC)
    for more, expected in (
        ({}, here),
        ({"host": "shop.test"}, {*here, "shop.test"}),
        ({"allowed_hosts": (".dev.test",)}, {*here, "shop.test", "a.dev.test"}),
        ({"host": "::"}, {*here, "shop.test", "a.dev.test"}),
    ):
        certificate_of(Settings(tls=True, tls_folder=tmp_path, **more), now)
        assert names(tmp_path) == expected


@pytest.mark.parametrize("change", ["soon over", "damaged", "another authority"])
def test_a_certificate_that_does_not_serve_is_replaced(tmp_path: Path, change: str) -> None:
    settings = Settings(tls=True, tls_folder=tmp_path)
    certificate_of(settings, NOW)
    before = (tmp_path / SERVER).read_bytes()
    later = NOW
    if change == "soon over":
        later += datetime.timedelta(days=790)
    elif change == "damaged":
        (tmp_path / SERVER).write_bytes(before[:400])
    else:
        (tmp_path / AUTHORITY).write_bytes(trustme.CA().cert_pem.bytes())
    certificate_of(settings, later)
    assert ((tmp_path / SERVER).read_bytes() == before) == (change == "another authority")
    assert (tmp_path / AUTHORITY).read_bytes() in (tmp_path / SERVER).read_bytes()


@pytest.mark.parametrize(
    ("certificate", "key", "message"),
    [
        ("none.pem", None, "none.pem: No such file or directory"),
        ("cert.pem", "none.pem", "none.pem: No such file or directory"),
        ("cert.pem", None, "cert.pem: expected a private key in PEM format; --tls-key names it"),
        ("key.pem", None, "key.pem: expected a certificate in PEM format"),
        ("cert.pem", "other.pem", "other.pem: the key is not that of the certificate in"),
        (
            "cert.pem",
            "locked.pem",
            "locked.pem: the key is encrypted; decrypt it with openssl pkey",
        ),
        ("p521.pem", None, "p521.pem: expected a key for RSA, P-256, P-384 or Ed25519"),
    ],
)
def test_a_certificate_that_cannot_be_served_is_a_message_of_one_line(
    tmp_path: Path, certificate: str, key: str | None, message: str
) -> None:
    authority = trustme.CA()
    made = authority.issue_cert("localhost")
    private = load_pem_private_key(made.private_key_pem.bytes(), None)
    made.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    made.private_key_pem.write_to_path(tmp_path / "key.pem")
    authority.issue_cert("localhost").private_key_pem.write_to_path(tmp_path / "other.pem")
    locked = private.private_bytes(Encoding.PEM, PKCS8, BestAvailableEncryption(b"secret"))
    (tmp_path / "locked.pem").write_bytes(locked)
    (tmp_path / "p521.pem").write_bytes(self_signed(ec.generate_private_key(ec.SECP521R1())))
    files = {"tls_cert": tmp_path / certificate, "tls_key": key and tmp_path / key}
    with pytest.raises(CertificateError) as error:
        certificate_of(Settings(**files), NOW)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_an_expired_certificate_of_your_own_is_served_with_a_warning(tmp_path: Path) -> None:
    made = trustme.CA().issue_cert("localhost", not_after=NOW - datetime.timedelta(days=1))
    made.private_key_and_cert_chain_pem.write_to_path(tmp_path / "own.pem")
    found = certificate_of(Settings(tls_cert=tmp_path / "own.pem"), NOW)
    assert found.authority is None
    assert "own.pem is valid from 2000-01-01 to 2026-11-25 only" in found.notes[0]


def test_a_folder_that_cannot_be_written_is_a_message_of_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CertificateError, match=r"choose another folder with --tls-folder"):
        certificate_of(Settings(tls=True, tls_folder=tmp_path / "file" / "below"), NOW)


def test_without_a_folder_it_is_kept_in_the_state_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    found = certificate_of(Settings(tls=True), NOW)
    assert found.authority == tmp_path / "ruangkerja" / AUTHORITY
    assert stat.S_IMODE(found.key.stat().st_mode) == 0o600


def test_a_name_that_no_certificate_can_have_is_named(tmp_path: Path) -> None:
    settings = Settings(tls=True, tls_folder=tmp_path, allowed_hosts=("my_stub",))
    with pytest.raises(CertificateError, match="cannot have the name my_stub"):
        certificate_of(settings, NOW)


def test_clients_that_trust_the_authority_get_pages_over_https(stub: MockServer) -> None:
    assert stub.url.startswith("https://127.0.0.1:")
    context = ssl.create_default_context(cafile=stub.ca_file)
    connection = http.client.HTTPSConnection("127.0.0.1", port_of(stub), context=context)
    connection.request(
        "GET", f"{USERS.format('C')}?page=1&pageSize=1", headers={"Authorization": TOKEN}
    )
    response = connection.getresponse()
    assert json.load(response)["status"] == "success"
    assert response.version == 11
    connection.close()


def test_the_health_check_of_the_image_finds_it(stub: MockServer, root: Path) -> None:
    responds = runpy.run_path(str(root / "deploy" / "healthcheck.py"))["responds"]
    assert responds("127.0.0.1", port_of(stub))


FIELDS = ((":path", f"{USERS.format('C')}?page=1&pageSize=100"), ("authorization", TOKEN))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ([(":authority", "localhost")], ["200", "data", "data", "end"]),
        ([("host", "localhost")], ["200", "data", "data", "end"]),
        ([], ["400", "data", "end"]),
        ([("host", "a"), ("host", "b")], ["400", "data", "end"]),
        (
            [(":authority", "localhost"), ("prefer", "fault=large-pages-are-cut-off")],
            ["200", "data", "error 2"],
        ),
    ],
)
def test_requests_of_http_2_have_one_host_and_cut_responses_are_errors(
    stub: MockServer, more: list[tuple[str, str]], expected: list[str]
) -> None:
    assert http2.asked(port_of(stub), *FIELDS, *more) == expected


@pytest.mark.browser
def test_a_page_under_another_name_is_a_secure_context_with_http_2(
    browser: Browser, stub: MockServer
) -> None:
    browser.command("Security.setIgnoreCertificateErrors", ignore=True)
    browser.open(f"https://shop.test:{port_of(stub)}/")
    assert browser.js("return isSecureContext")
    protocol = browser.js("return performance.getEntriesByType('navigation')[0].nextHopProtocol")
    assert protocol == "h2"
    path = USERS.format("DROPPED-%31")
    script = """
        const [path, token, done] = arguments;
        const fault = "connection-dropped-where-the-path-is-escaped";
        fetch(path, {headers: {Authorization: token, Prefer: `fault=${fault}`}})
          .then((response) => done(response.status), (error) => done(error.name));
    """
    assert browser.driver.execute_async_script(script, path, TOKEN) == "TypeError"
    browser.complaints()
    browser.command("Security.setIgnoreCertificateErrors", ignore=False)


def test_node_trusts_the_authority_that_its_variable_names(stub: MockServer) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no Node on this machine")
    script = "fetch(process.argv[1]).then((response) => console.log(response.status))"
    command = [node, "-e", script, f"https://localhost:{port_of(stub)}/healthz"]
    variables = {**os.environ, "NODE_EXTRA_CA_CERTS": str(stub.ca_file)}
    done = subprocess.run(
        command, env=variables, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "200\n"

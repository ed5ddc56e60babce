"""The HEALTHCHECK of the image: exit with 0 if the stub in this container responds.

It asks each address that this user listens on, so it follows `--host` and `--port`. It uses no
proxy, whatever the variables of the container say.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import json
import os
import ssl
import sys
from pathlib import Path

SOCKETS = Path("/proc/net")
LISTENING = "0A"


def addresses(folder: Path, user: int) -> list[tuple[str, int]]:
    """Return the addresses and ports that a user listens on, as Linux lists them in a folder."""
    found = []
    for file in (folder / "tcp", folder / "tcp6"):
        with contextlib.suppress(OSError):
            for line in file.read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                if fields[3] == LISTENING and int(fields[7]) == user:
                    address, _, port = fields[1].partition(":")
                    found.append((reachable(address), int(port, 16)))
    return sorted(set(found))


def reachable(address: str) -> str:
    """Return the address to connect to for one that is listened on, in hexadecimal words."""
    words = [bytes.fromhex(address[at : at + 8]) for at in range(0, len(address), 8)]
    data = b"".join(word[::-1] if sys.byteorder == "little" else word for word in words)
    ip = ipaddress.ip_address(data)
    if ip.is_unspecified:
        return "127.0.0.1" if isinstance(ip, ipaddress.IPv4Address) else "::1"
    return str(ip)


def responds(address: str, port: int) -> bool:
    """Whether the stub responds at an address, with or without TLS."""
    # It asks a process of its own container, whoever signed the certificate.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return is_up(http.client.HTTPConnection(address, port, timeout=1)) or is_up(
        http.client.HTTPSConnection(address, port, timeout=1, context=context)
    )


def is_up(connection: http.client.HTTPConnection) -> bool:
    """Whether a connection leads to a stub that is up; it is closed."""
    try:
        connection.request("GET", "/healthz")
        response = connection.getresponse()
        return response.status == http.client.OK and json.load(response)["status"] == "ok"
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    here = addresses(SOCKETS, os.getuid())
    sys.exit(0 if any(responds(*address) for address in here) else 1)

"""Behind a round-robin four stubs are one: no page depends on who wrote the one before it."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
from typing import TYPE_CHECKING

from ruangkerja.conformance.config.run_config import RunConfig
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.suite.check import CheckOptions, check
from ruangkerja.mock.serve.server import MockServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ruangkerja.spec.contract import Contract

STUBS = 4
BLANK = b"\r\n\r\n"


@contextlib.contextmanager
def round_robin(ports: list[int]) -> Iterator[tuple[int, list[int]]]:
    """Hand each request to the next port; gives its own port, and how many each one got."""
    turns, got = itertools.cycle(range(len(ports))), [0] * len(ports)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            client.settimeout(10)
            head = b""
            while BLANK not in head:
                more = client.recv(65_536)
                if not more:
                    return
                head += more
            turn = next(turns)
            got[turn] += 1
            with socket.create_connection(("127.0.0.1", ports[turn]), 10) as stub:
                # One request a connection, so that the next one is another stub's turn.
                stub.sendall(head.replace(BLANK, b"\r\nConnection: close" + BLANK, 1))
                while data := stub.recv(65_536):
                    client.sendall(data)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                thread = threading.Thread(target=serve, args=(client,), daemon=True)
                thread.start()

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield listener.getsockname()[1], got
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def test_a_walk_is_in_order_page_by_page_whoever_writes_them(contract: Contract) -> None:
    with contextlib.ExitStack() as opened:
        stubs = [opened.enter_context(MockServer(contract)) for _ in range(STUBS)]
        ports = [Target.parse(stub.url).port for stub in stubs]
        port, got = opened.enter_context(round_robin(ports))
        config = RunConfig(contract, contract.example_token, mine=True)
        run = check(
            Target.parse(f"http://127.0.0.1:{port}"), config, CheckOptions(), lambda _: None
        )
    skipped = {v.requirement.id for v in run.verdicts if not v.judged}
    assert skipped == {"PATH-05", "PATH-06"}  # two lists, or a file of expectations
    assert run.exit == 0
    assert min(got) > 20

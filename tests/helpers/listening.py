"""A server of this machine with a thread for each connection, for tests to say what that does."""

from __future__ import annotations

import socket
import threading
from typing import Self

PATIENCE = 30
"""How long a connection may take in all, in seconds."""


class Listening:
    """Listens while a `with` block runs; connections are counted in the order they came."""

    address: str = "127.0.0.1"
    connections: int = 0
    patience = PATIENCE

    def __enter__(self) -> Self:
        self._stopping = threading.Event()
        self._listener = socket.create_server((self.address, 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        # Closing alone does not wake a thread that waits in accept().
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(self.patience)
            assert not thread.is_alive(), "a connection did not end"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection, self.connections))
            self.connections += 1
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        """Do what is to be done on a connection, and close it."""
        raise NotImplementedError

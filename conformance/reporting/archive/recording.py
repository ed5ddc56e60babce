"""The recording of a run, written as requests are sent, so that it survives a killed run.

HAR entries are appended to `exchanges.ndjson.part`, one per line, and combined into `exchanges.har`
when the run is finished. A HAR file rewritten with every exchange could be left incomplete; a line
that was written is never changed. To convert the lines of a killed run to HAR:
`jq -s '{log: {version: "1.2", creator: {name: "jq", version: ""}, entries: .}}'`.
"""

from __future__ import annotations

import contextlib
import json
import math
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from ....spec.documents.writing import create, make_folder, overwrite, whole
from . import har

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from ...http.exchange import Exchange
    from ...http.target import Target

PART = "exchanges.ndjson.part"
WHOLE = "exchanges.har"


class Recording:
    """Records the exchanges of a run in a folder, in a `with` statement.

    `show` returns an exchange as it may be published; without it, exchanges are unchanged. `labels`
    are as published. A run that ends without `finish` leaves a complete file, too, with the
    exchanges until then. Exchanges beyond `most` bytes are not recorded; `left_out` counts them.
    `comment` is what the file says of its tokens.
    """

    def __init__(
        self,
        folder: Path,
        target: Target,
        show: Callable[[Exchange], Exchange] | None = None,
        labels: Mapping[str, str] = MappingProxyType({}),
        most: float = math.inf,
    ) -> None:
        self.left_out = 0
        self.comment = ""
        self._left = most
        self._folder = folder
        self._target = target
        self._show = show
        self._labels = labels
        self._is_full = False
        self._part = create(folder / PART)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        try:
            if self._is_full:
                self._conclude_in_place()
            elif not self._part.closed:
                self._part.seek(0)
                self._conclude(line.rstrip("\n") for line in self._part)
            self._part.close()
        except OSError:
            if error is None:
                raise  # else the first error is the one to raise

    def add(self, exchange: Exchange) -> None:
        """Append an exchange, unless there is no room for it."""
        if self.left_out:
            self.left_out += 1
            return
        try:
            line = self._line(self._show(exchange) if self._show else exchange)
            self._left -= len(line)  # it is ASCII
            if self._left < 0:
                self.left_out += 1
                return
            self._part.write(f"{line}\n")
            self._part.flush()
        except OSError as error:
            self._is_full = True
            raise OSError(error.errno, error.strerror, self._part.name) from error

    def finish(self, exchanges: Iterable[Exchange]) -> None:
        """Write the complete file, with the exchanges as they are published at the end of the run.

        By then more names that have to be replaced are known.
        """
        self._conclude(map(self._line, exchanges))

    def _line(self, exchange: Exchange) -> str:
        return json.dumps(har.entry(exchange, self._target))

    def _conclude_in_place(self) -> None:
        """Write the complete file where the part is, as there is no room for both.

        Its last exchanges make room for what the file has beside the lines.
        """
        path = self._folder / PART
        *lines, _cut = path.read_text(encoding="utf-8").split("\n")
        with contextlib.suppress(OSError):
            self._part.close()  # what it still holds was not written
        while True:
            try:
                with overwrite(path) as file:
                    har.write(file, lines, self._labels, self.comment)
            except OSError:
                if not lines:
                    raise
                del lines[-1 - len(lines) // 10 :]
            else:
                path.replace(self._folder / WHOLE)
                return

    def _conclude(self, lines: Iterable[str]) -> None:
        try:
            make_folder(self._folder)
            with whole(self._folder / WHOLE) as file:
                har.write(file, lines, self._labels, self.comment)
        except OSError:
            self._is_full = True
            raise
        self._part.close()
        (self._folder / PART).unlink(missing_ok=True)

"""A backend that keeps a part of each request in a variable of all requests."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .backend import Answer, Asked, Backend

PAGE, SIZE, TOKEN_HEADER, LIST = "page", "pageSize", "authorization", "path"


@dataclass
class SharedVariable:
    """What the backend does: it writes down a part of a request, works, and reads it again.

    One in `every` requests that overlap with others shows it; `works` is in seconds.
    """

    part: str
    backend: Backend
    every: int = 1
    works: float = 0.01
    latest: Asked | None = None
    mixed: int = 0

    def __post_init__(self) -> None:
        self.backend.change = self._change

    def _change(self, asked: Asked, answer: Answer) -> Answer:
        self.latest = asked
        time.sleep(self.works)
        latest = self.latest
        if latest is asked:
            return answer
        self.mixed += 1
        if self.mixed % self.every:
            return answer
        return self.backend.answer(self._with_part_of(asked, latest))

    def _with_part_of(self, asked: Asked, latest: Asked) -> Asked:
        if self.part == LIST:
            return replace(asked, path=latest.path)
        if self.part == TOKEN_HEADER:
            others = {name: v for name, v in asked.headers.items() if name != self.part}
            taken = {name: v for name, v in latest.headers.items() if name == self.part}
            return replace(asked, headers={**others, **taken})
        taken = {name: v for name, v in latest.query.items() if name == self.part}
        return replace(asked, query={**asked.query, **taken})

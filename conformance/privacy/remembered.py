"""What was made of texts and bodies, most of which come again and again in a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")

# The size of an entry beside what it was made of, in bytes.
_ENTRY = 300


class Remembered:
    """The results of functions by their arguments, of at most `most` bytes in all."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.clear()

    def of(self, make: Callable[..., T], *given: Hashable) -> T:
        """Return what a function makes of its arguments, which say everything but `clear`."""
        known, key = self._known, (make, *given)
        found: T | None = known.get(key)
        if found is None:
            found = make(*given)
            if known is self._known:  # else it may be the result of what was so before
                self._store(key, found)
        return found

    def clear(self) -> None:
        """Forget all results, as they may be others from now on."""
        self._known: dict[tuple[Hashable, ...], Any] = {}
        self._left = self._most

    def _store(self, key: tuple[Hashable, ...], result: object) -> None:
        texts = [each for each in (*key, result) if isinstance(each, str | bytes)]
        self._left -= _ENTRY + sum(map(len, texts))
        if self._left < 0:
            self.clear()
        else:
            self._known[key] = result

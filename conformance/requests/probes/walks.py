"""Walks: the pages of a list, at several sizes, past its end, and some of them again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .lists import MOST_OF_FURTHER
from .plan import AROUND, Profile
from .probe import Probe, page_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ....spec.model.lists import Pagination
    from .probe import Caller

# A size that divides no round total, and one in between.
_INDIVISIBLE, _BETWEEN = 7, 33
_FAR = 1000
_SAMPLE_FIRST = 3
# The first pages, the last two and one in the middle.
LARGEST_SAMPLE = _SAMPLE_FIRST + 3
# A list is read at two sizes at least: what depends on the size shows at no fewer.
_FEWEST_SIZES = 2
FEWEST_PAGES = _FEWEST_SIZES * LARGEST_SAMPLE


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages to read of one list, at which sizes; `sampled` says what was left out, if any.

    The order of the parts matters, and within a part it does not: what differs between parts, and
    is as before later, did not change in between.
    """

    parts: tuple[tuple[Probe, ...], ...]
    sizes: tuple[int, ...]
    sampled: str


def share_of(left: int, others: int) -> int:
    """Return how many pages of a list may be read if `others` lists follow."""
    return max(FEWEST_PAGES, left - (FEWEST_PAGES + AROUND + MOST_OF_FURTHER) * others)


def sizes_to_walk(caller: Caller, profile: Profile) -> list[int]:
    """Return the page sizes of the walks, the most useful first."""
    paging = caller.operation.pagination
    if paging is None:
        return []
    most = paging.size.maximum or _FAR
    if profile is Profile.SMOKE:
        return [int(paging.size.example or most)]
    wanted = [most, _INDIVISIBLE, _BETWEEN, int(paging.size.example or most)]
    if profile is Profile.DEEP:
        wanted += [2, 3, 13, most - 1, paging.least]
    return list(dict.fromkeys(size for size in wanted if paging.least <= size <= most))


def _affordable(sizes: list[int], total: int, share: int) -> list[int]:
    """Choose sizes, the cheapest walk first: as many as leave room for one walk in full."""
    whole = -(-total // sizes[0])
    count = len(sizes)
    while count > _FEWEST_SIZES and whole + (count - 1) * LARGEST_SAMPLE > share:
        count -= 1
    if whole + (count - 1) * LARGEST_SAMPLE > share:  # too long a list: more sizes show more of it
        count = max(_FEWEST_SIZES, share // LARGEST_SAMPLE)
    return sorted(sizes[:count], reverse=True)


def pages_of(caller: Caller, total: int, share: int, profile: Profile) -> Pages:
    """Choose the pages to read of a list of `total` rows, in about `share` requests.

    At least one walk is in full if the share allows it, and for that there may be fewer sizes. At
    the other sizes, if the share is too small, the first pages, the last two and one in the middle
    stand for all. The first page is read once more at the end: a list that changed in between shows
    it there.
    """
    paging = caller.operation.pagination
    if paging is None or total < 1:
        return Pages((), (), "")
    parts: list[list[Probe]] = [[], [], []]
    sampled: list[str] = []
    sizes = _affordable(sizes_to_walk(caller, profile), total, share)
    left = share
    for position, size in enumerate(sizes):
        length = -(-total // size)
        reserved = (len(sizes) - position - 1) * LARGEST_SAMPLE
        if profile is Profile.SMOKE:
            pages = sorted({2, length} & set(range(2, length + 1)))
        elif length <= max(left - reserved, LARGEST_SAMPLE):
            pages = list(range(1, length + 1))
        else:
            pages = _sample(caller, size, length)
            sampled.append(f"{len(pages)} of {length:,} pages at {paging.size.name} {size}")
        left -= len(pages)
        part = parts[min(position, 1)]
        part += [page_of(caller, paging, paging.first - 1 + page, size) for page in pages]
    parts[1] += _past_the_end(caller, paging, total, profile)
    parts[2] += _again(caller, paging, total, profile)
    note = f"{total:,} rows, too many to read all of them: {', '.join(sampled)}" if sampled else ""
    return Pages(tuple(map(tuple, parts)), tuple(sizes), note)


def _sample(caller: Caller, size: int, length: int) -> list[int]:
    """Choose the first pages, the last two and one in the middle, the same ones every time."""
    name = "/".join([caller.operation.id, *caller.path.values(), str(size), str(length)])
    digest = hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=8).digest()
    middle = _SAMPLE_FIRST + 1 + int.from_bytes(digest, "big") % max(1, length - _SAMPLE_FIRST - 2)
    pages = {*range(1, _SAMPLE_FIRST + 1), middle, length - 1, length}
    return sorted(page for page in pages if 1 <= page <= length)


def _past_the_end(
    caller: Caller, paging: Pagination, total: int, profile: Profile
) -> Iterator[Probe]:
    if profile is Profile.SMOKE:
        return
    for size, beyond in ((paging.usual, 1), (paging.most, 1), (paging.usual, _FAR)):
        page = paging.last(total, size) + beyond
        yield Probe(caller.request(page=page, size=size), f"page {page}, past the last one")


def _again(caller: Caller, paging: Pagination, total: int, profile: Profile) -> Iterator[Probe]:
    """Read some pages a second time, the first one last."""
    if profile is Profile.SMOKE:
        return
    first, last, usual = paging.first, paging.last(total, paging.usual), paging.usual
    middle = first + (last - first + 1) // 2
    wanted = ((last, usual), (middle, usual), (first, paging.most), (first, usual))
    for page, size in dict.fromkeys(wanted):
        probe = page_of(caller, paging, page, size)
        yield replace(probe, note=f"{probe.note} again")

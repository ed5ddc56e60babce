"""Rules about lists: what their pages and rows say about each other.

Imported by `rules`, which registers them; they import the modules of `rules` that are not about
one section.
"""

from . import agreement, cursors, distinct, expected_lists, paging, selecting

__all__ = ["agreement", "cursors", "distinct", "expected_lists", "paging", "selecting"]

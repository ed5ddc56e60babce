"""Check the links in a built site.

    python tools/links.py [FOLDER]

Zensical checks the links in Markdown. This script checks the built HTML, including images, raw HTML
and anchors in tables. It also reports pages that load something from another host. It exits with 1
if it finds a problem.
"""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urldefrag, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
LOADED = {"audio", "embed", "iframe", "img", "link", "script", "source", "video"}
# Links in the head that browsers do not load.
NAMED = {"canonical", "next", "prev"}


class Page(HTMLParser):
    """The anchors and the links of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[tuple[int, str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record the anchor and the links of an element."""
        found = {name: value or "" for name, value in attrs}
        self.anchors |= {found[name] for name in ("id", "name") if name in found}
        if tag == "link" and set(found.get("rel", "").split()) & NAMED:
            return
        for name in ("href", "src"):
            if name in found:
                self.links.append((self.getpos()[0], tag, found[name]))


def problems(folder: Path) -> Iterator[str]:
    """Yield a message with file and line for each broken link."""
    pages = {path: Page(path.read_text("utf-8")) for path in sorted(folder.rglob("*.html"))}
    for path, page in pages.items():
        for line, tag, link in page.links:
            reason = _wrong(folder, pages, path, tag, link)
            if reason:
                yield f"{path.relative_to(folder)}:{line}: {link!r} {reason}"


def _wrong(folder: Path, pages: dict[Path, Page], path: Path, tag: str, link: str) -> str:
    plain, anchor = urldefrag(link)
    parts = urlsplit(plain)
    if parts.scheme or parts.netloc:
        return "is loaded from another host" if tag in LOADED and parts.netloc else ""
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if parts.path.startswith("/"):
        target = folder / unquote(parts.path).lstrip("/")
    target = target / "index.html" if target.is_dir() else target
    if not target.is_file():
        return "leads to a file that does not exist"
    if anchor and target in pages and unquote(anchor) not in pages[target].anchors:
        return f"leads to an anchor that does not exist in {target.relative_to(folder)}"
    return ""


def main() -> int:
    """Check a folder and print the result."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "site").resolve()
    found = list(problems(folder))
    for problem in found:
        print(problem)
    print(f"{len(found)} broken links" if found else "no broken links")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

"""The reading and carrying out of pages, on pages made for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .reader import Reader
from .walkthrough import PageError, agrees, blocks, steps

if TYPE_CHECKING:
    from pathlib import Path


def page(folder: Path, text: str) -> Path:
    path = folder / "page.md"
    path.write_text(text.replace("'''", "```"), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("one\ntwo\n", "one\ntwo"),
        ("one …\n", "one and a half  \n"),
        ("took … ms …!", "took 3 ms or so!"),
        ("first\n…\nlast\n", "first\nlast\n"),
        ("first\n…\nlast\n", "first\na\n\nb\nlast\n"),
        ("…\nlast\n", "a\nb\nlast\n"),
        ("a (b) [c].\n", "a (b) [c].\n"),
    ],
)
def test_dots_stand_for_what_is_not_said(expected: str, actual: str) -> None:
    assert agrees(expected, actual)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("one\n", "one\ntwo\n"),
        ("one …\n", "one\nmore\n"),
        ("first\n…\nlast\n", "first\nlast\nmore\n"),
        ("a.b\n", "axb\n"),
        ("", "something\n"),
    ],
)
def test_all_else_has_to_be_as_it_is_said(expected: str, actual: str) -> None:
    assert not agrees(expected, actual)


def test_blocks_are_found_with_their_lines_and_what_is_said_of_them(tmp_path: Path) -> None:
    path = page(
        tmp_path,
        "# A\n\n<!-- exits 3 -->\n<!-- needs npx -->\n'''sh\nfalse\n'''\n\n"
        "- in a list\n\n  '''yaml title=\"a/b.yaml\"\n  a:\n    b: 1\n  '''\n",
    )
    first, second = blocks(path)
    assert (first.language, first.text, first.place) == ("sh", "false\n", "page.md:5")
    assert first.marks == {"exits": "3", "needs": "npx"}
    assert (second.title, second.text, second.marks) == ("a/b.yaml", "a:\n  b: 1\n", {})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("'''sh\nls\n", "page.md:1: this block is never closed"),
        ("<!-- quiet -->\n'''sh\nls\n'''\n", "page.md:1: 'quiet' says nothing"),
        ("'''text\nx\n'''\n", "page.md:1: this is the output of nothing"),
        ("'''sh\nls\n'''\n\n'''text\nx\n'''\n\n'''text\ny\n'''\n", "page.md:9: this is the output"),
    ],
)
def test_a_page_without_sense_is_refused_with_its_line(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(PageError, match=words):
        steps(page(tmp_path, text))


@pytest.mark.parametrize(
    "text",
    [
        "'''sh\nprintf 'a\\nb\\n'\n'''\n\n'''text\na\n…\n'''\n",
        "'''text title=\"f\"\nhello\n'''\n\n'''sh\ncat f\n'''\n\n'''text\nhello\n'''\n",
        "'''sh\nexport A=1\nmkdir d; cd d\n'''\n'''sh\necho $A ${PWD##*/}\n'''\n'''text\n1 d\n'''",
        "<!-- exits 3 -->\n'''sh\nexit 3\n'''\n",
        "'''python\nprint(6 * 7)\n'''\n\n'''text\n42\n'''\n",
        "<!-- not run: it takes a day -->\n'''sh\nexit 1\n'''\n",
        "<!-- needs no-such-command -->\n'''sh\nno-such-command\n'''\n",
        "'''json\n{}\n'''\n\n'''yaml\na: [1]\n'''\n\n'''toml\n=\n'''\n",
    ],
)
def test_a_page_that_tells_the_truth_can_be_carried_out(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    with Reader(folder) as reader:
        reader.read(page(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("'''sh\necho a\n'''\n\n'''text\nb\n'''\n", "page.md:5: the block before it printed\na"),
        ("'''sh\nfalse\ntrue\n'''\n", "page.md:1: it ended with 1, not 0"),
        ("'''json\n{,}\n'''\n", "page.md:1: this is no json"),
        ("<!-- background -->\n'''sh\ntrue\n'''\n", "page.md:2: it did not say where it listens"),
    ],
)
def test_a_page_that_does_not_is_found_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    with Reader(tmp_path) as reader, pytest.raises(PageError, match=words):
        reader.read(page(tmp_path, text))


def test_a_server_takes_a_free_port_and_the_page_keeps_its_own(tmp_path: Path) -> None:
    text = (
        "<!-- background -->\n'''sh\nruangkerja mock\n'''\n\n"
        "'''text\nhttp://127.0.0.1:8080\n'''\n\n"
        "<!-- needs curl -->\n'''sh\ncurl -s -o /dev/null -w '%{url} %{http_code}' "
        "http://127.0.0.1:8080/\n'''\n\n'''text\nhttp://127.0.0.1:8080/ …\n'''\n"
    )
    with Reader(tmp_path) as reader:
        reader.read(page(tmp_path, text))
        [server] = reader._servers.values()
        assert server.poll() is None
    assert server.poll() is not None

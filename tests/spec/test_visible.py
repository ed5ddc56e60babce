from __future__ import annotations

import pytest

from ruangkerja.spec.visible import cut, cut_lines, line, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\n\ttext", "plain\n\ttext"),
        ("a\x00b\x1b[0m\r", "a\\u0000b\\u001b[0m\\u000d"),
        ("evil\u202egnp.exe", "evil\\u202egnp.exe"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        (
            "no\u00a0break, filler \u3164, tag \U000e0041",
            "no\\u00a0break, filler \\u3164, tag \\U000e0041",
        ),
        ("王小明 ağ 🎉 é José …", "王小明 ağ 🎉 é José …"),
        ("\ud800", "\\ud800"),
    ],
)
def test_every_character_can_be_seen(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("compl\u0435ted", "compl\\u0435ted"),
        ("\uff46ailed", "\\uff46ailed"),
        ("\U0001d41ctive", "\\U0001d41ctive"),
        ("Иван Petrov", "Иван Petrov"),
        ("使用API", "使用API"),
    ],
)
def test_letters_that_look_like_others_are_shown_by_their_code_points(
    text: str, shown: str
) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::x", "\\u003a:error::x"),
        (" \t::add-mask::x", " \\t\\u003a:add-mask::x"),
        ("a\n::stop-commands::x", "a\\n\\u003a:stop-commands::x"),
        ("a ##[error]x", "a \\u0023#[error]x"),
        ("a ##vso[task.complete]", "a \\u0023#vso[task.complete]"),
        ("###teamcity[x]", "#\\u0023#teamcity[x]"),
        ("\x1b[0Ksection_start:1:x", "\\u001b[0Ksection_start:1:x"),
        ("http://[::1]:80/ is no command, nor is ## [x]", None),
    ],
)
def test_no_text_is_a_command_in_the_log_of_a_ci_system(text: str, shown: str | None) -> None:
    assert line(text) == (shown or text)
    assert visible(visible(text)) == visible(text)


def test_a_long_text_is_cut_in_its_middle_and_says_so() -> None:
    assert cut("x" * 80) == "x" * 80
    assert cut("x" * 100) == f"{'x' * 30} …40 more… {'x' * 30}"
    assert cut_lines("0123456789", 4) == "01\n… 6 characters left out …\n89"

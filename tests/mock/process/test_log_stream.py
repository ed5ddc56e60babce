from __future__ import annotations

import io
import os
import time

from ruangkerja.mock.process import log_stream
from ruangkerja.mock.process.log_stream import LogStream
from ruangkerja.mock.serve.request_log import dropped_line
from ruangkerja.mock.settings import Log


def stream_to(out: io.TextIOBase) -> LogStream:
    return LogStream(out, lambda number: f"{number} lost")  # type: ignore[arg-type]


def test_writers_never_wait_for_a_reader_and_what_is_lost_is_counted() -> None:
    line, number = f"{'x' * 99}\n", 30_000
    read, write = os.pipe()
    with open(write, "w", encoding="utf-8") as pipe:  # noqa: PTH123 - a descriptor
        stream = stream_to(pipe)
        began = time.monotonic()
        for _ in range(number):
            stream.write(line)
        assert time.monotonic() - began < 5
        with open(read, encoding="utf-8") as reader:  # noqa: PTH123 - a descriptor
            kept = 0
            while not (text := reader.readline()).endswith(" lost\n"):
                kept += text == line
            assert kept + int(text.split()[0]) == number
            assert kept * len(line) < 2 * log_stream.MOST
            stream.write("next\n")
            assert reader.readline() == "next\n"
            stream.close()


def test_a_reader_that_is_stuck_does_not_keep_the_process_from_ending() -> None:
    read, write = os.pipe()
    with open(write, "w", encoding="utf-8") as pipe:  # noqa: PTH123 - a descriptor
        stream = stream_to(pipe)
        stream.write("x" * 200_000)
        began = time.monotonic()
        stream.close()
        assert time.monotonic() - began < 2
        os.close(read)


def test_all_lines_are_written_before_it_is_closed() -> None:
    out = io.StringIO()
    stream = stream_to(out)
    for number in range(100):
        stream.write(f"{number}\n")
    stream.close()
    assert out.getvalue().split() == [str(number) for number in range(100)]


def test_lost_lines_are_told_in_the_form_of_the_log() -> None:
    assert dropped_line(Log.TEXT, 1).startswith("1 line was dropped")
    assert dropped_line(Log.JSON, 2).startswith('{"dropped": 2, ')

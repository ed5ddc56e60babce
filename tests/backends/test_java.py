"""Java with its standard library: conforming, and with the mistakes that are made there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from .launching import Program
from .shared_tests import BackendTests

pytestmark = [pytest.mark.backends, pytest.mark.long]

SOURCE = Path(__file__).parent / "java" / "Server.java"
# It lives for a second: what makes a program fast in the long run only makes it slow to start.
BRIEFLY = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx64m")
# Without it head and body go out 40 ms apart.
AT_ONCE = "-Dsun.net.httpserver.nodelay=true"

# Pages that have not the rows which their total and size give them.
NOT_THE_ROWS = {"PARAM-05", "PARAM-06", "PARAM-10", "PAGE-04", "PAGE-07"}
# Numbers that are none, or below 1: taken for others, or an exception that nobody catches.
NUMBERS = {"PARAM-03", "PARAM-04", "PARAM-08", "PARAM-09", "ENV-07", "ERR-07"}
MISTAKES = {
    # paging
    "ceil_of_integers": {"PAGE-03", "PAGE-10", *NOT_THE_ROWS},
    "empty_is_null": {"PAGE-05", "PARAM-11", "ENV-07"},
    "total_of_the_page": {"PAGE-03", "PAGE-05", "PAGE-08", "PARAM-11"},
    "pages_from_zero_inside": {"PAGE-01"},
    "int_overflow": {"PARAM-11"},
    "boxed_numbers_compared": {"ENV-01", "ERR-07", "HTTP-03"},
    "end_is_left_out": NOT_THE_ROWS,
    "rows_in_parallel": {"PAGE-06", "PAGE-09", "PAGE-10", "HTTP-03"},
    # parameters
    "numbers_by_parse_int": {"PARAM-01", "PARAM-02", "PARAM-07", "PARAM-11", *NUMBERS},
    "numbers_by_parse_double": NUMBERS,
    "exceptions_are_left_alone": {"PARAM-01", "PARAM-02", "PARAM-07", "PARAM-11", *NUMBERS},
    "size_is_clamped": {"PARAM-07"},
    "unknown_course_is_the_first": {"PATH-01"},
    # the token and the method
    "token_ignoring_case": {"AUTH-05"},
    "method_is_not_looked_at": {"HTTP-01"},
    # the body
    "success_in_capitals": {"ENV-05"},
    "platform_charset": {"ENV-03"},
    "length_in_characters": {"ENV-03", "HTTP-03"},
    "text_is_not_escaped": {"ENV-03"},
    "locale_of_the_machine": {"ENV-03"},
    "no_score_is_nan": {"ENV-03", "ITEM-11"},
    "local_date_time": {"ITEM-05"},
    "null_put_together": {"ITEM-06"},
    "enum_by_name": {"ITEM-07"},
}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    java, javac = shutil.which("java"), shutil.which("javac")
    if java is None or javac is None:
        pytest.skip("the Java backend is not tried: java and javac are not on the PATH")
    classes = tmp_path_factory.mktemp("classes")
    compiler = [javac, "-encoding", "UTF-8", "-d", str(classes), str(SOURCE)]
    done = subprocess.run(compiler, capture_output=True, text=True, check=False)
    if "invalid target" in done.stderr or "records are not supported" in done.stderr:
        pytest.skip("the Java backend is not tried: this javac is older than 17")
    assert done.returncode == 0, done.stderr
    return Program("Java", (java, *BRIEFLY, AT_ONCE, "-cp", classes, "Server"), {})


class TestJava(BackendTests):
    mistakes = MISTAKES

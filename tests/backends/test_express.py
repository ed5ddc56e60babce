"""Express with SQLite: conforming, and with the mistakes that are made there."""

from __future__ import annotations

import pytest

from . import node
from .launching import Program
from .shared_tests import BackendTests

pytestmark = pytest.mark.backends

# Pages that have not the rows which their total and size give them.
NOT_THE_ROWS = {"PARAM-05", "PARAM-06", "PARAM-10", "PAGE-04", "PAGE-07"}
MALFORMED = {"PARAM-03", "PARAM-04"}
NUMBERS = {*MALFORMED, "PARAM-07", "PARAM-08", "PARAM-09", "ENV-07", "ERR-07"}
MISTAKES = {
    # paging
    "offset_by_precedence": {"PAGE-05", "PAGE-06", "PAGE-10", "PARAM-11", *NOT_THE_ROWS},
    "text_is_added_up": {"PAGE-05", "PAGE-06", "PAGE-10", *NOT_THE_ROWS},
    "slice_ends_early": {"PAGE-10", *NOT_THE_ROWS},
    "pages_are_a_fraction": {"ENV-07", "PAGE-03"},
    "pages_rounded": {"PAGE-03"},
    "past_the_end_is_the_last_page": {"PAGE-01", "PAGE-05", "PARAM-11"},
    "cache_without_the_course": {"PATH-01", "PATH-04"},
    # parameters
    "parse_int": MALFORMED,
    "number_or_default": {"PARAM-01", "PARAM-02", *NUMBERS},
    "compared_as_text": {"PARAM-07", "PARAM-10"},
    "sql_put_together": {"PATH-01", "PATH-02"},
    # the token, the method and the headers
    "missing_token_passes": {"AUTH-02", "AUTH-04", "AUTH-06"},
    "token_by_its_beginning": {"AUTH-05"},
    "any_method": {"HTTP-01"},
    "empty_body_is_parsed": {"HDR-01"},
    # the body
    "null_is_a_date": {"ITEM-08"},
    "date_of_the_locale": {"ITEM-06"},
    "scores_to_fixed": {"ITEM-02", "ITEM-03"},
    "undefined_is_left_out": {"ITEM-02"},
    "time_as_number": {"ITEM-05"},
    # errors
    "page_of_the_framework": {"ERR-01", "ERR-02"},
}


@pytest.fixture(scope="module")
def program() -> Program:
    try:
        executable = node.installed()
    except node.MissingError as error:
        pytest.skip(f"the Express backend is not tried: {error}")
    return Program("Express", (executable, node.HERE / "server.js"), {"NODE_ENV": "production"})


class TestExpress(BackendTests):
    mistakes = MISTAKES

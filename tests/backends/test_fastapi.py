"""FastAPI and SQLAlchemy on PostgreSQL: conforming, and with the mistakes that are made there."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from . import postgres
from .judging import is_found, judged
from .launching import Program, started
from .meanwhile import while_reading
from .shared_tests import BackendTests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.backends

HERE = Path(__file__).parent / "fastapi"

# Pages that have not the rows which their total and size give them.
NOT_THE_ROWS = {"PARAM-05", "PARAM-10", "PAGE-04", "PAGE-07"}
MISTAKES = {
    # paging
    "offset_off_by_one": {*NOT_THE_ROWS, "PAGE-10"},
    "rows_for_every_attempt": {*NOT_THE_ROWS, "PAGE-05", "PAGE-06", "PAGE-10"},
    "count_over_attempts": NOT_THE_ROWS,
    "pages_rounded_down": {"PAGE-03"},
    "total_of_the_rows_found": {"PAGE-08"},
    # parameters
    "page_size_has_a_default": {"PARAM-02"},
    "page_size_has_no_maximum": {"PARAM-07", "ERR-07"},
    "pages_from_zero": {"PARAM-09", "PAGE-01"},
    "page_reaches_the_database": {"PARAM-11", "PAGE-05", "ERR-07"},
    # the token
    "token_without_case": {"AUTH-05"},
    "token_by_prefix": {"AUTH-04", "AUTH-05"},
    "cache_in_front_of_the_token": {f"AUTH-0{number}" for number in range(2, 7)},
    # the body
    "decimals_as_text": {"ITEM-02", "ITEM-03"},
    "nulls_left_out": {"ITEM-02", "ITEM-03"},
    "time_without_zone": {"ITEM-05"},
    "no_date_is_null": {"ITEM-06"},
    "status_by_name": {"ITEM-07"},
    # errors
    "default_validation_errors": {"ERR-02"},
    "every_error_is_200": {"ERR-05"},
}
# PostgreSQL has no text with a NUL in it.
NUL = {"PATH-02", "ERR-07"}
# In a database that sorts as it likes: what is not sorted, or by too little.
DISORDER = {"PAGE-06", "PAGE-07", "PAGE-09", "PAGE-10"}


@dataclass(frozen=True)
class Databases:
    """Where databases come from: `new` gives the URL of one; `missing` says why it is SQLite's."""

    new: Callable[[], str]
    missing: str = ""


@pytest.fixture(scope="module")
def databases() -> Iterator[Databases]:
    for name in ("fastapi", "sqlalchemy", "psycopg"):
        pytest.importorskip(name)
    with contextlib.ExitStack() as opened:
        try:
            server = opened.enter_context(postgres.running())
        except postgres.MissingError as error:
            yield Databases(lambda: "sqlite://", str(error))
        else:
            yield Databases(server.database)


@pytest.fixture
def program(databases: Databases) -> Program:
    return Program("FastAPI", (sys.executable, HERE / "main.py", databases.new()), {})


@pytest.fixture
def postgresql(databases: Databases) -> None:
    """SQLite keeps an order that nobody asked it to keep."""
    if databases.missing:
        pytest.skip(f"FastAPI is tried on SQLite in the place of PostgreSQL: {databases.missing}")


class TestFastAPI(BackendTests):
    mistakes = MISTAKES


@pytest.mark.usefixtures("postgresql")
def test_a_serial_that_the_database_cannot_bear_is_found(program: Program) -> None:
    with started(program, "nul_reaches_the_database") as backend:
        assert is_found(judged(backend), NUL)


@pytest.mark.usefixtures("postgresql")
@pytest.mark.long
@pytest.mark.parametrize("bug", ["no_order_by", "order_by_status_alone"])
def test_an_order_that_does_not_hold_is_found_while_people_learn(
    bug: str, program: Program
) -> None:
    with started(program, bug) as backend, while_reading(backend, "learn 200", every=5):
        assert is_found(judged(backend), DISORDER)

"""The endpoint with FastAPI and SQLAlchemy, as a backend team would write it.

    python main.py DATABASE_URL TOKEN [SERIAL=PEOPLE ...]

Says on which port of the loopback interface it listens. Reads `enrol N` and `learn N` from standard
input, does that, answers `done`, and ends with its input. The environment variable BUG names one of
the mistakes below, which is then made.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import socket
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.security import APIKeyHeader
from models import ApiToken, Attempt, Base, Course, Enrolment
from people import FIRST_COURSE, enrol, fill, learn
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from sqlalchemy import Select, create_engine, func, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool
from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

BUG = os.environ.get("BUG", "")
PAGE_SIZE_MAX = 100
BIGGEST_OFFSET = 2**63 - 1
PATH = "/ruangkerja/dashboard/courses/{course_serial}/online/users"

URL = sys.argv[1]
IN_MEMORY = URL == "sqlite://"
engine = create_engine(
    URL,
    **(
        {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}} if IN_MEMORY else {}
    ),
)
# A database in memory has one connection, for one user at a time.
turn = threading.Lock()


class Api(BaseModel):
    """JSON with the names of the API."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class UserOut(Api):
    """Who somebody is."""

    serial: str
    name: str
    employee_id: str

    model_config = ConfigDict(
        alias_generator=lambda name: "employeeID" if name == "employee_id" else to_camel(name),
        populate_by_name=True,
    )


class RowOut(Api):
    """How far somebody is in the course."""

    user: UserOut
    post_test: Any
    pre_test: Any
    time_spent: int
    last_access_mission: Any
    completed_at: str | None
    status: str


class PageOut(Api):
    """One page."""

    current_page: int
    total_items: int
    total_page: int
    items: list[RowOut]


class Envelope(Api):
    """A success."""

    status: str = "success"
    message: str = "Success"
    data: PageOut


@dataclass
class ApiError(Exception):
    """A failure with its status, gRPC code and number."""

    status: int
    code: str
    text: str
    number: int = 100


def failure(status: int, code: str, text: str, number: int, **headers: str) -> JSONResponse:
    message = f"rpc error: code = {code} desc = {text}"
    body = {"errorCode": number, "message": message, "detail": message}
    return JSONResponse(body, status, headers=headers)


app = FastAPI(title="Courses", docs_url=None, redoc_url=None, redirect_slashes=False)


@app.exception_handler(ApiError)
async def on_api_error(_: Request, error: ApiError) -> Response:
    status = 200 if BUG == "every_error_is_200" else error.status
    return failure(status, error.code, error.text, error.number)


@app.exception_handler(HTTPException)
async def on_http_error(_: Request, error: HTTPException) -> Response:
    codes = {404: "NotFound", 405: "Unimplemented"}
    code = codes.get(error.status_code, "InvalidArgument")
    headers = dict(error.headers or {})
    return failure(error.status_code, code, str(error.detail), error.status_code, **headers)


if BUG != "default_validation_errors":

    @app.exception_handler(RequestValidationError)
    async def on_invalid(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        text = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        return failure(400, "InvalidArgument", text, 400)


@app.exception_handler(Exception)
async def on_exception(_: Request, error: Exception) -> Response:
    if BUG == "debug_page":
        return HTMLResponse(f"<!doctype html><h1>500</h1><pre>{error}</pre>", 500)
    return failure(500, "Internal", "Something went wrong", 500)


cached: dict[str, tuple[bytes, dict[str, str]]] = {}

if BUG == "cache_in_front_of_the_token":

    @app.middleware("http")
    async def cache(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        key = f"{request.method} {request.url}"
        if key not in cached:
            response = await call_next(request)
            body = b"".join([chunk async for chunk in response.body_iterator])  # type: ignore[attr-defined]
            headers = {"content-type": response.headers["content-type"]}
            if response.status_code != 200:
                return Response(body, response.status_code, dict(response.headers))
            cached[key] = body, headers
        return Response(cached[key][0], headers=cached[key][1])


def session() -> Iterator[Session]:
    if IN_MEMORY:
        with turn, Session(engine) as opened:
            yield opened
    else:
        with Session(engine) as opened:
            yield opened


Db = Annotated[Session, Depends(session)]
header = APIKeyHeader(name="Authorization", auto_error=False)


def authenticated(db: Db, token: Annotated[str | None, Depends(header)]) -> None:
    if token is None:
        raise ApiError(401, "Unauthenticated", "Token is missing", 102)
    if BUG == "token_without_case":
        known = func.lower(ApiToken.token) == token.lower()
    elif BUG == "token_by_prefix":
        known = ApiToken.token.startswith(token, autoescape=True)
    else:
        known = ApiToken.token == token
    if "\0" in token or db.scalar(select(ApiToken).where(known).limit(1)) is None:
        raise ApiError(403, "PermissionDenied", "Token is not valid", 123)


def digits(request: Request) -> None:
    """Refuse what Pydantic takes for an integer as well: 1_0, blanks, digits of other scripts."""
    for name in ("page", "pageSize"):
        text = request.query_params.get(name)
        if text is not None and re.fullmatch(r"[+-]?[0-9]+", text, re.ASCII) is None:
            raise ApiError(400, "InvalidArgument", f"{name} is not valid", 400)


ge = 0 if BUG == "pages_from_zero" else 1
most = None if BUG == "page_size_has_no_maximum" else PAGE_SIZE_MAX
default = 10 if BUG == "page_size_has_a_default" else ...


@app.get(
    PATH,
    response_model=Envelope,
    response_model_exclude_none=BUG == "nulls_left_out",
    dependencies=[Depends(authenticated), Depends(digits)],
)
def users(
    db: Db,
    course_serial: str,
    page: int = Query(..., ge=ge),
    page_size: int = Query(default, alias="pageSize", ge=1, le=most),
) -> Envelope:
    # PostgreSQL has no text with a NUL in it.
    if "\0" in course_serial and BUG != "nul_reaches_the_database":
        raise ApiError(404, "NotFound", "Course is not found", 104)
    course = db.scalar(select(Course).where(Course.serial == course_serial))
    if course is None:
        raise ApiError(404, "NotFound", "Course is not found", 104)

    rows, counted = queries(course.id)
    offset = (page if BUG == "offset_off_by_one" else page - 1) * page_size
    total = db.scalar(counted) or 0
    found: list[Enrolment] = []
    # What is past every offset a database knows is past the end.
    if offset <= BIGGEST_OFFSET or BUG == "page_reaches_the_database":
        found = list(db.scalars(rows.offset(max(0, offset)).limit(page_size)))
    if BUG == "total_of_the_rows_found":
        total = total if found else 0
    pages = -(-total // page_size)
    if BUG == "pages_rounded_down":
        pages = total // page_size
    items = [row(enrolment) for enrolment in found]
    return Envelope(
        data=PageOut(current_page=page, total_items=total, total_page=pages, items=items)
    )


def queries(course_id: int) -> tuple[Select[tuple[Enrolment]], Select[tuple[int]]]:
    rows = select(Enrolment).where(Enrolment.course_id == course_id)
    counted = select(func.count()).select_from(Enrolment).where(Enrolment.course_id == course_id)
    if BUG == "rows_for_every_attempt":
        rows = rows.join(Attempt, isouter=True)
    if BUG == "count_over_attempts":
        counted = counted.join(Attempt, isouter=True)
    if BUG == "order_by_status_alone":
        rows = rows.order_by(Enrolment.status)
    elif BUG != "no_order_by":
        rows = rows.order_by(Enrolment.id)
    return rows, counted


def row(enrolment: Enrolment) -> RowOut:
    person = enrolment.person
    pre, post = enrolment.pre_test, enrolment.post_test
    last: Any = enrolment.last_access
    if IN_MEMORY:
        last = last.replace(tzinfo=dt.UTC)
    if BUG == "time_without_zone":
        last = last.replace(tzinfo=None).isoformat()
    completed = enrolment.completed_at.isoformat() if enrolment.completed_at else ""
    if BUG == "no_date_is_null":
        completed = completed or None  # type: ignore[assignment]
    decimals = BUG == "decimals_as_text"  # which is what pydantic makes of a Decimal
    return RowOut(
        user=UserOut(serial=person.serial, name=person.name, employee_id=person.employee_id),
        post_test=post if decimals or post is None else float(post),
        pre_test=pre if decimals or pre is None else float(pre),
        time_spent=enrolment.time_spent,
        last_access_mission=last,
        completed_at=completed,
        status=enrolment.status.name if BUG == "status_by_name" else enrolment.status.value,
    )


def obey() -> None:
    """Do what standard input says; end with it."""
    for time, line in enumerate(sys.stdin):
        what, count = line.split()
        with turn, Session(engine) as opened, opened.begin():
            if what == "enrol":
                enrol(opened, FIRST_COURSE, int(count))
            else:
                learn(opened, int(count), time)
        print("done", flush=True)
    os._exit(0)


def main() -> None:
    """Fill the database, and serve."""
    Base.metadata.create_all(engine)
    courses = dict(argument.split("=") for argument in sys.argv[3:])
    fill(engine, {serial: int(count) for serial, count in courses.items()}, sys.argv[2])
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"listening on {listener.getsockname()[1]}", flush=True)
    threading.Thread(target=obey, daemon=True).start()
    uvicorn.Server(uvicorn.Config(app, log_level="critical")).run(sockets=[listener])


if __name__ == "__main__":
    main()

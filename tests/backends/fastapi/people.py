"""Fills the tables, and lets more people enrol and learn while the API is read."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from models import ApiToken, Attempt, Course, Enrolment, Person, Status
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from sqlalchemy import Engine

NAMES = (
    "Siti Rahma",
    "Dewi Nur'aini",
    'Budi "Bud" Santoso',
    "José Álvarez",
    "测试 用户",
    "Ni Luh 🌺",
)
START = dt.datetime(2022, 7, 22, 1, tzinfo=dt.UTC)
FIRST_COURSE = 1


def fill(engine: Engine, courses: dict[str, int], token: str) -> None:
    """Fill empty tables: courses by serial with how many people each has."""
    with Session(engine) as session, session.begin():
        session.add(ApiToken(token=token))
        for number, (serial, count) in enumerate(courses.items(), start=FIRST_COURSE):
            session.add(Course(id=number, serial=serial))
            session.flush()
            enrol(session, number, count)


def enrol(session: Session, course: int, count: int) -> None:
    """Assign so many more people to a course."""
    start = session.scalar(select(func.coalesce(func.max(Person.id), 0))) or 0
    people, enrolments, attempts = [], [], []
    for number in range(start + 1, start + count + 1):
        people.append(
            {
                "id": number,
                "serial": f"P{number * 7919 % 999_983:06d}",
                "name": f"{NAMES[number % len(NAMES)]} {number}",
                "employee_id": f"E-{number:05d}",
                "visits": 0,
            }
        )
        enrolments.append({"id": number, "course_id": course, "person_id": number, **state(number)})
        attempts += [
            {"enrolment_id": number, "mission": f"M{mission}"} for mission in range(number % 3)
        ]
    session.execute(insert(Person), people)
    session.execute(insert(Enrolment), enrolments)
    if attempts:
        session.execute(insert(Attempt), attempts)


def state(number: int) -> dict[str, Any]:
    """How far somebody is; the same for the same number."""
    status = list(Status)[number % 5]
    scored = status in {Status.COMPLETED, Status.FAILED}
    started = status is not Status.NOT_STARTED
    at = START + dt.timedelta(minutes=number)
    return {
        "status": status,
        "pre_test": number % 101 if started else None,
        "post_test": 62.5 if scored else None,
        "time_spent": number * 3 if started else 0,
        "last_access": at,
        "completed_at": at.date() if status is Status.COMPLETED else None,
    }


def learn(session: Session, count: int, time: int) -> None:
    """Let so many people open a mission, others each time: all their rows are written anew."""
    mixed = (Enrolment.person_id * 7919 + time * 389) % 1237
    chosen = session.scalars(select(Enrolment.person_id).order_by(mixed).limit(count)).all()
    later = Enrolment.last_access + dt.timedelta(seconds=1)
    for changed in (
        update(Enrolment).where(Enrolment.person_id.in_(chosen)).values(last_access=later),
        update(Person).where(Person.id.in_(chosen)).values(visits=Person.visits + 1),
    ):
        session.execute(changed, execution_options={"synchronize_session": False})

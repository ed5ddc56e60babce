"""The tables: courses, people, who is assigned to what, and what they tried there."""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal

from sqlalchemy import ForeignKey, Numeric
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import DateTime


class Status(enum.Enum):
    """How far somebody is."""

    NOT_STARTED = "not_started"
    COMPLETED = "completed"
    EXPIRED = "expired"
    FAILED = "failed"
    IN_PROGRESS = "in_progress"


class Base(DeclarativeBase):
    """The base of all tables."""


class Course(Base):
    """An online course."""

    __tablename__ = "course"
    id: Mapped[int] = mapped_column(primary_key=True)
    serial: Mapped[str] = mapped_column(unique=True)


class Person(Base):
    """Somebody who learns."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    serial: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    employee_id: Mapped[str]
    visits: Mapped[int] = mapped_column(default=0)


class Enrolment(Base):
    """A person's assignment to a course."""

    __tablename__ = "enrolment"
    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    status: Mapped[Status]
    pre_test: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    post_test: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    time_spent: Mapped[int] = mapped_column(default=0)
    last_access: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    completed_at: Mapped[dt.date | None]
    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)
    course: Mapped[Course] = relationship()


class Attempt(Base):
    """One try at a mission of the course; whoever tries often has many."""

    __tablename__ = "attempt"
    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), index=True)
    mission: Mapped[str]


class ApiToken(Base):
    """A token that opens the API."""

    __tablename__ = "api_token"
    token: Mapped[str] = mapped_column(primary_key=True)

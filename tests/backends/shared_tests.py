"""The tests that all backends share."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest

from .judging import is_conforming, is_found, judged
from .launching import PEOPLE, started
from .meanwhile import assert_enrolments_are_borne

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .launching import Program


class BackendTests:
    """Subclassed for each backend; `mistakes` maps its mistakes to the requirements that fail."""

    mistakes: ClassVar[Mapping[str, set[str]]]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "mistake" in metafunc.fixturenames:
            metafunc.parametrize("mistake", self.mistakes)

    def test_it_conforms_and_every_requirement_is_judged(self, program: Program) -> None:
        with started(program) as backend:
            assert is_conforming(judged(backend, people=PEOPLE))

    @pytest.mark.mistakes
    def test_a_mistake_is_found_where_it_belongs(self, mistake: str, program: Program) -> None:
        with started(program, mistake) as backend:
            assert is_found(judged(backend), self.mistakes[mistake])

    def test_people_who_enrol_while_it_is_read_are_no_fault(self, program: Program) -> None:
        with started(program) as backend:
            assert_enrolments_are_borne(backend)

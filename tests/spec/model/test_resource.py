"""A mistake in `x-resource` is refused with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ruangkerja.spec import contract as contracts
from ruangkerja.spec.model.resource import Action, Resource
from tests.helpers import family

if TYPE_CHECKING:
    from pathlib import Path

SHOW = "x-resource: {list: listCourses, action: show}"
CREATE = "x-resource: {list: listLearners, action: create}"


def test_the_key_is_the_path_parameter_that_the_list_does_not_have() -> None:
    contract = contracts.load(family.PATH)
    shown = contract.operation("showCourse").resource
    assert shown is not None
    assert shown == Resource("listCourses", Action.SHOW, "courseId", (), shown.requirements)
    created = contract.operation("enrolLearner").resource
    assert created is not None
    assert created == Resource("listLearners", Action.CREATE, None, (), created.requirements)
    removed = contract.operation("removeLearner").resource
    assert removed is not None
    assert removed.key == "learnerId"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (SHOW, "x-resource: {list: courses, action: show}", "no operation 'courses' has x-pag"),
        (SHOW, "x-resource: {list: listCourses, action: delete}", "does not fit the method GET"),
        (SHOW, "x-resource: {list: listCourses, action: read}", "x-resource"),
        (SHOW, "x-resource: {list: listLearners, action: show}", "no parameter beside those"),
        (SHOW, "x-resource: {list: listCourses, action: show, item: /data}", "item is /data"),
        (CREATE, "x-resource: {list: listCourses, action: show}", "does not fit the method POST"),
        (CREATE, "x-resource: {list: listLearners, actoin: create}", "actoin"),
    ],
)
def test_a_mistake_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    error, line = family.refused(tmp_path, old, new)
    assert says in str(error)
    assert f":{line}:" in str(error)

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ruangkerja.mock.export import FORMATS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Run


def test_lists_have_as_many_rows_as_wanted_and_a_note_says_which_are_shortened(
    run: Run, other_contracts: Path
) -> None:
    code, printed, note = run("export", "json", "--rows", "3")
    assert code == 0
    (operation,) = json.loads(printed)["operations"]
    assert len(operation["otherwise"]["items"]) == 3
    one = next(each for each in operation["scenarios"] if each["name"] == "COURSE-ONE-USER")
    assert len(one["items"]) == 1
    assert "; COURSE-TEN-MILLION: 3 of 10000000 users" in note
    assert "ONE-USER" not in note

    code, printed, note = run("export", "json", "--spec", other_contracts / "pet_store.yaml")
    assert (code, note) == (0, "")
    by_id = {each["id"]: each for each in json.loads(printed)["operations"]}
    assert all(each["otherwise"]["response"]["status"] < 300 for each in by_id.values())


def test_names_of_exports_may_be_words_of_javascript() -> None:
    ids = ["delete", "listIssues", "issues/list", "handlers", 'a"b']
    made = FORMATS["msw"]({"title": "T", "version": "1", "operations": [{"id": i} for i in ids]})
    assert 'const made0 = operations["delete"];\nexport { made0 as delete };' in made
    assert "export { made1 as listIssues };" in made
    assert "made2" not in made

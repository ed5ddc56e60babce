"""A report is verified by judging its exchanges anew: whatever was changed in it is found."""

from __future__ import annotations

import functools
import json
import os
import random
import shutil
from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.config.run_config import RunConfig
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.judging import reports
from ruangkerja.conformance.reporting.attestation import statement
from ruangkerja.conformance.reporting.attestation.contract_files import ContractFiles
from ruangkerja.conformance.reporting.formats.folder import _WITHOUT_RESULTS
from ruangkerja.conformance.requests.probes.plan import Profile
from ruangkerja.conformance.suite import derive as deriving
from ruangkerja.conformance.suite import verify as verifying
from ruangkerja.conformance.suite.check import CheckOptions, check
from ruangkerja.conformance.suite.selftest import TOKEN, FaultyServer
from ruangkerja.conformance.suite.verify import VerifyError, verify
from ruangkerja.mock.faults import CATALOGUE
from ruangkerja.spec.contract import DEFAULT, load
from ruangkerja.spec.documents.writing import write
from tests.helpers import backend
from tests.helpers.backend import Answer, Asked, Backend
from tests.helpers.running import run

if TYPE_CHECKING:
    from pathlib import Path

COVERED = ("report.json", "junit.xml", "evidence.json", "exchanges.har")
FLIPS = 200


def with_an_unknown_status(_: Asked, answer: Answer) -> Answer:
    """Return a status that no user can have, so that there are failures with findings."""
    for each in answer.body.get("data", {}).get("items", ()) if answer.status == 200 else ():
        each["status"] = "lost"
    return answer


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports of a check of a backend that does not conform."""
    folder = tmp_path_factory.mktemp("recorded")
    server = Backend({"C-1": 30}, change=with_an_unknown_status)
    ended = run(server, report_dir=folder, profile=Profile.SMOKE, show_data=False)
    assert ended.counts["failed"] > 0
    return folder


@pytest.fixture
def folder(recorded: Path, tmp_path: Path) -> Path:
    """A copy of these reports, to be changed."""
    return shutil.copytree(recorded, tmp_path / "reports")


def state_again(folder: Path) -> None:
    """Make the digests of a changed folder anew, as somebody may who has changed it."""
    path = folder / "statement.json"
    before, document = path.read_bytes(), json.loads(path.read_bytes())
    for subject in document["subject"]:
        data = (folder / subject["name"]).read_bytes()
        subject["digest"]["sha256"] = statement.digest_of(data)
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    old, new = statement.digest_of(before), statement.digest_of(path.read_bytes())
    for name in ("report.html", "summary.md"):
        page = folder / name
        page.write_text(page.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_reports_of_a_check_are_what_its_exchanges_give(recorded: Path) -> None:
    found = verify(recorded)
    assert found.changed == ()
    assert found.derived is not None
    assert found.derived.run.counts["failed"] > 0
    assert found.digest in (recorded / "report.html").read_text(encoding="utf-8")
    assert found.digest in (recorded / "summary.md").read_text(encoding="utf-8")


def test_a_further_format_is_verified_like_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(reports.CONTENTS, "verdicts.txt", lambda run: f"{run.conclusion()}\n")
    run(Backend({"C-1": 30}), report_dir=tmp_path, profile=Profile.SMOKE)
    assert not verify(tmp_path).changed
    (tmp_path / "verdicts.txt").write_text("conforming\n")
    assert "verdicts.txt was changed" in verify(tmp_path).changed[0]


def test_each_format_has_a_report_without_results() -> None:
    assert {*reports.CONTENTS, *reports.PAGES} == set(_WITHOUT_RESULTS)


def test_two_hundred_flipped_bytes_are_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Where the recorded exchanges are unchanged, what follows from them is the same each time.
    monkeypatch.setattr(deriving, "derive", functools.cache(deriving.derive))
    draw = random.Random(4711)  # noqa: S311 - no secret
    contents = {path: path.read_bytes() for path in sorted(folder.iterdir())}
    places = [(path, at) for path, data in contents.items() for at in range(len(data))]
    missed = []
    for path, at in draw.sample(places, FLIPS):
        data = bytearray(contents[path])
        data[at] ^= 1 << draw.randrange(8)
        path.write_bytes(data)
        if not verify(folder).changed:
            missed.append((path.name, at))
        path.write_bytes(contents[path])
    assert missed == []


def test_a_changed_verdict_is_found_with_digests_that_fit_it(folder: Path) -> None:
    edit(folder / "report.json", '"verdict": "failed"', '"verdict": "passed"')
    state_again(folder)
    [changed] = verify(folder).changed
    assert changed.endswith("is passed in report.json; judged anew, it is failed")


def test_a_changed_finding_is_found_with_digests_that_fit_it(folder: Path) -> None:
    edit(folder / "report.json", '"message": "C-1', '"message": "C-2')
    state_again(folder)
    assert [each.split(": ")[1] for each in verify(folder).changed] == [
        "report.json has a finding that is not found anew",
        "report.json does not have a finding",
    ]


@pytest.mark.parametrize("name", ["junit.xml", "report.html", "summary.md"])
def test_another_report_is_found_with_digests_that_fit_it(folder: Path, name: str) -> None:
    edit(folder / name, "user", "xser")
    state_again(folder)
    [changed] = verify(folder).changed
    assert changed.startswith(f"{name}, line ")


def test_a_changed_exchange_is_found_with_digests_that_fit_it(folder: Path) -> None:
    edit(folder / "exchanges.har", '\\"status\\": \\"', '\\"status\\": \\"x')
    state_again(folder)
    assert verify(folder).changed


@pytest.mark.parametrize("name", [*COVERED, "statement.json", "report.html", "summary.md"])
def test_a_file_that_was_removed_is_found(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert verify(folder).changed == (f"{name} is missing",)


def test_cases_of_another_run_are_found_in_the_order_of_their_names(folder: Path) -> None:
    (folder / "cases").mkdir(exist_ok=True)
    names = [f"cases/PAGE-0{number}-9.json" for number in range(1, 9)]
    for name in names:
        (folder / name).write_text("{}", encoding="utf-8")
    assert verify(folder).changed == (
        *(f"statement.json does not name {name}" for name in names),
        *(f"{name} is of another run" for name in names),
    )


def test_files_that_fit_nothing_are_found_with_digests_that_fit_them(folder: Path) -> None:
    evidence = folder / "evidence.json"
    document = json.loads(evidence.read_bytes())
    document["state"]["records"].append(10**6)
    evidence.write_text(json.dumps(document), encoding="utf-8")
    state_again(folder)
    [changed] = verify(folder).changed
    assert "StateError: there is no exchange 1000000" in changed


def test_a_contract_with_links_in_its_folder_is_read_again(tmp_path: Path) -> None:
    main = tmp_path / "main.yaml"
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "name.yaml").write_text("Name: {type: string}\n")
    (tmp_path / "link.yaml").symlink_to("real/name.yaml")
    (tmp_path / "folder").symlink_to("real", target_is_directory=True)
    main.write_text(
        "openapi: 3.0.3\ninfo: {title: Links, version: '1'}\npaths: {}\ncomponents:\n  schemas:\n"
        "    A: {$ref: 'link.yaml#/Name'}\n    B: {$ref: 'folder/name.yaml#/Name'}\n"
    )
    contract = load(main)

    again = ContractFiles.of(contract).load(tmp_path / "again")

    assert again.digest == contract.digest
    assert again.document == contract.document


def test_the_contract_stays_within_its_folder(folder: Path, tmp_path: Path) -> None:
    evidence = folder / "evidence.json"
    document = json.loads(evidence.read_bytes())
    document["contract"]["files"]["../../../escaped.yaml"] = {"text": "escaped"}
    evidence.write_text(json.dumps(document), encoding="utf-8")
    state_again(folder)
    [changed] = verify(folder).changed
    assert "a file of the contract is outside its folder" in changed
    assert not list(tmp_path.rglob("escaped.yaml"))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("exchanges.har", '"_started": ', '"_started": 1e300, "_": '),
        ("exchanges.har", '"_duration": ', '"_duration": [1], "_": '),
        ("exchanges.har", '"_note": ', f'"_": {"[" * 9000}{"]" * 9000}, "_note": '),
        ("evidence.json", '"stub": ', f'"_": {"[" * 9000}{"]" * 9000}, "stub": '),
        ("evidence.json", '"files": {', '"files": {"a": {"text": ""}, "a/b": {"text": ""}, '),
        ("evidence.json", '"files": {', f'"files": {{"{"x" * 300}": {{"text": ""}}, '),
    ],
)
def test_values_that_no_run_has_are_found_with_digests_that_fit_them(
    folder: Path, name: str, old: str, new: str
) -> None:
    edit(folder / name, old, new)
    state_again(folder)
    [changed] = verify(folder).changed
    assert changed.startswith("the exchanges cannot be judged anew (")


def test_files_that_are_too_large_together_are_not_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = [path.stat().st_size for path in folder.iterdir()]
    monkeypatch.setattr(verifying, "_LARGEST", max(sizes))
    with pytest.raises(VerifyError, match=f"are larger than {max(sizes):,} bytes"):
        verify(folder)


def test_reports_of_another_version_are_not_verified(folder: Path) -> None:
    edit(folder / "evidence.json", '"version": "', '"version": "9')
    state_again(folder)
    with pytest.raises(VerifyError, match="install that version to verify them"):
        verify(folder)


@pytest.mark.parametrize("is_removed", [True, False])
def test_a_contract_that_somebody_edits_during_a_check_is_no_changed_report(
    tmp_path: Path, *, is_removed: bool
) -> None:
    path = shutil.copy(DEFAULT, tmp_path / DEFAULT.name)
    shutil.copy(DEFAULT.with_name("requirements.yaml"), tmp_path)
    shutil.copytree(DEFAULT.with_name("policies"), tmp_path / "policies")
    config = RunConfig(load(path), backend.TOKEN, {"courseSerial": ("C-1",)}, profile=Profile.SMOKE)

    def edited(_: Asked, answer: Answer) -> Answer:
        if is_removed:
            path.unlink(missing_ok=True)
        else:
            path.write_text(path.read_text(encoding="utf-8") + "# more\n", encoding="utf-8")
        return answer

    with backend.serving(Backend({"C-1": 30}, change=edited)) as url:
        options = CheckOptions(report_dir=tmp_path / "reports")
        check(Target.parse(url), config, options, lambda _: None)
    with pytest.raises(VerifyError, match=r"were changed or removed .* check again"):
        verify(tmp_path / "reports")


def test_a_folder_without_reports_is_not_verified(tmp_path: Path) -> None:
    with pytest.raises(VerifyError, match="has no reports"):
        verify(tmp_path)


def test_a_named_pipe_in_place_of_a_file_is_not_waited_for(folder: Path) -> None:
    (folder / "exchanges.har").unlink()
    os.mkfifo(folder / "exchanges.har")
    with pytest.raises(VerifyError, match=r"exchanges\.har is not a regular file"):
        verify(folder)


def test_a_check_that_was_stopped_while_it_wrote_is_not_verified(folder: Path) -> None:
    for name in ("evidence.json", "statement.json"):
        (folder / name).unlink()
    with pytest.raises(VerifyError, match="and nothing stopped it before"):
        verify(folder)


@pytest.mark.parametrize(
    ("at", "error"),
    [
        ("summary.md", KeyboardInterrupt),
        ("evidence.json", KeyboardInterrupt),
        ("statement.json", OSError),
    ],
)
def test_reports_that_were_not_all_written_are_not_taken_for_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str, error: type[BaseException]
) -> None:
    def stopped(path: Path, text: str, *, private: bool, durable: bool) -> None:
        if path.name == at:
            raise error
        write(path, text, private=private, durable=durable)

    monkeypatch.setattr(reports, "write_file", stopped)
    with pytest.raises(error):
        run(Backend({"C-1": 30}), report_dir=tmp_path, profile=Profile.SMOKE)
    with pytest.raises(VerifyError, match="and nothing stopped it before"):
        verify(tmp_path)


def test_a_verdict_that_pseudonyms_do_not_show_is_listed(folder: Path) -> None:
    edit(folder / "evidence.json", '"outcome": "failed"', '"outcome": "passed"')
    state_again(folder)
    found = verify(folder)
    [changed] = [each for each in found.changed if "report.json" in each]
    assert changed.endswith("is failed in report.json; judged anew, it is passed")
    assert found.derived is not None
    [unshown] = found.derived.unshown
    assert unshown.endswith(" (recorded as passed, judged anew failed)")


def test_verdicts_are_recorded_only_where_personal_data_was_replaced(folder: Path) -> None:
    edit(folder / "evidence.json", '"shows_data": false', '"shows_data": true')
    state_again(folder)
    [changed] = verify(folder).changed
    assert changed == "evidence.json has verdicts, though no personal data was replaced"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"count": ', '"count": 4711', "coverage of listOnlineCourseUsers: "),
        ('"name": "more-headers"', '"name": "less-headers"', "freedom less-headers of "),
        ('"tried": {', '"tried": {"none": [], ', "parameters sent to none"),
    ],
)
def test_coverage_and_freedoms_that_pseudonyms_do_not_show_are_listed(
    folder: Path, old: str, new: str, says: str
) -> None:
    path = folder / "evidence.json"
    start, part, end = path.read_text(encoding="utf-8").rpartition('"coverage": [')
    assert old in end
    path.write_text(start + part + end.replace(old, new, 1), encoding="utf-8")
    state_again(folder)
    found = verify(folder)
    assert found.derived is not None
    assert says in str(found.derived.unseen)


def test_coverage_is_recorded_only_where_personal_data_was_replaced(folder: Path) -> None:
    path = folder / "evidence.json"
    document = json.loads(path.read_bytes())
    document["shows_data"] = True
    document["kept"]["verdicts"] = []
    path.write_text(json.dumps(document), encoding="utf-8")
    state_again(folder)
    [changed] = verify(folder).changed
    assert changed == "evidence.json has verdicts, though no personal data was replaced"


@pytest.mark.parametrize(
    ("fault", "unshown"),
    [
        ("accept-json-refused", []),
        ("hostile-path-gets-the-page-of-the-web-server", ["ERR-04"]),
    ],
)
def test_the_reports_of_a_fault_are_what_its_exchanges_give(
    tmp_path: Path, fault: str, unshown: list[str]
) -> None:
    contract = load()
    with FaultyServer(contract, tokens=(TOKEN,)) as server:
        server.faulty.fault = CATALOGUE[fault]
        config = RunConfig(contract, TOKEN, server.lists, mine=True)
        options = CheckOptions(report_dir=tmp_path, show_data=False)
        ended = check(Target.parse(server.url), config, options, lambda _: None)
    assert ended.counts["failed"] + ended.counts["warned"] > 0
    found = verify(tmp_path)
    assert found.changed == ()
    assert found.derived is not None
    assert [each.partition(" ")[0] for each in found.derived.unshown] == unshown

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from ruangkerja import __version__
from ruangkerja.mock.serve.watched import watched
from ruangkerja.mock.settings import Settings
from ruangkerja.spec import contract as contracts
from ruangkerja.spec.contract import DEFAULT
from ruangkerja.spec.documents.source import Source

from ..conftest import Caller

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.spec.contract import Contract

    from ..conftest import Received


@pytest.fixture
def served(contract: Contract) -> Caller:
    """The stub as the command serves it, whose requests are counted."""
    return Caller(watched(contract, Settings(seed=7)))


def samples(received: Received) -> dict[tuple[str, ...], float]:
    """The samples of the metrics, by name and values of the labels."""
    return {
        (sample.name.removeprefix("ruangkerja_stub_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(received.body.decode())
        for sample in family.samples
    }


def test_healthz_says_what_is_served(served: Caller, contract: Contract) -> None:
    received = served("/healthz", token=None)
    assert received.status == 200
    assert received.json == {
        "status": "ok",
        "version": __version__,
        "contract": contract.digest,
        "seed": "7",
    }
    assert received.headers["cache-control"] == "no-store"


def test_metrics_count_requests_by_method_and_status(served: Caller) -> None:
    for page in (1, 2, 3):
        served.users(page=page)
    served.users(page=0)
    served("/nowhere", method="BREW")
    counted = samples(served("/metrics", token=None))
    requests = {key[1:]: n for key, n in counted.items() if key[0] == "requests_total"}
    assert requests == {("GET", "200"): 3, ("GET", "400"): 1, ("other", "404"): 1}
    assert counted["request_duration_seconds_count",] == 5
    assert counted["request_duration_seconds_bucket", "+Inf"] == 5
    assert 0 < counted["request_duration_seconds_sum",] < 5


def test_buckets_hold_all_that_was_faster(served: Caller) -> None:
    served.users()
    count, _ = served.app.watchers
    count({"method": "GET"}, served("/healthz"), 0.002)
    found = samples(served("/metrics"))
    buckets = {k[1]: n for k, n in found.items() if k[0] == "request_duration_seconds_bucket"}
    values = list(buckets.values())
    assert values == sorted(values)
    assert buckets["10.0"] == buckets["+Inf"] == 2
    assert buckets["0.0025"] >= 1


def test_probes_are_neither_counted_nor_seen_by_other_watchers(served: Caller) -> None:
    seen: list[str] = []
    served.app.watchers.append(lambda scope, _reply, _took: seen.append(scope["path"]))
    before = served("/metrics").body
    served("/healthz")
    assert served("/metrics").body == before
    assert seen == []


def test_only_reading_them_is_possible(served: Caller) -> None:
    assert served("/healthz", method="HEAD").body == b""
    assert served("/healthz", method="POST").status == 404
    assert served("/healthz/").status == 404


@pytest.mark.parametrize("base", ["", "/v1"])
def test_they_are_below_the_root_whatever_the_base_path(tmp_path: Path, base: str) -> None:
    document = dict(Source.read(DEFAULT).value)
    document["servers"] = [{"url": f"https://api.example.test{base}"}]
    path = tmp_path / "openapi.yaml"
    path.write_text(yaml.safe_dump(document))
    call = Caller(watched(contracts.load(path), Settings()))
    assert call("/healthz").json["status"] == "ok"
    assert call(f"{base}/no-such-path").status == 404


def test_a_path_of_the_contract_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "openapi.json"
    answer = {
        "description": "Well",
        "content": {"application/json": {"schema": {"type": "string", "enum": ["mine"]}}},
    }
    document = {
        "openapi": "3.0.3",
        "info": {"title": "Small", "version": "1"},
        "paths": {"/healthz": {"get": {"operationId": "health", "responses": {"200": answer}}}},
    }
    path.write_text(json.dumps(document))
    call = Caller(watched(contracts.load(path), Settings()))
    assert call("/healthz").json == "mine"
    assert call("/metrics").status == 200

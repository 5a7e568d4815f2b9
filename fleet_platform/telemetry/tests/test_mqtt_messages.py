"""Topics and payloads of three families become the batches that HTTP takes."""

import json

import pytest

from fleet_platform.shared.errors import Invalid
from fleet_platform.telemetry.mqtt_messages import read

NOW = 1_790_000_000_000_000


def only_sample(batch) -> dict:
    (sample,) = json.loads(batch.body)["samples"]
    return sample


def test_the_platforms_own_topic_is_passed_on_as_it_is():
    batch = read("fleet/12/telemetry", b'{"samples": []}', NOW)
    assert (batch.device, batch.serial, batch.body) == (12, None, b'{"samples": []}')


def test_a_dji_report_is_found_by_serial_number_and_keeps_its_time():
    report = {
        "tid": "6a7bfe89",
        "bid": "x",
        "timestamp": 1643268212187,
        "gateway": "RC",
        "data": {"height": 100.02},
    }
    batch = read("thing/product/1ZNDH1D0010098/osd", json.dumps(report).encode(), NOW)
    assert batch.serial == "1ZNDH1D0010098"
    sample = only_sample(batch)
    assert sample["time"] == 1643268212187
    assert sample["sections"] == {"osd": {"height": 100.02}}


def test_a_repeated_report_has_the_same_number_and_another_one_has_not():
    def seq(tid):
        report = {"tid": tid, "timestamp": 1643268212187, "data": {}}
        return only_sample(read("thing/product/SN/state", json.dumps(report).encode(), NOW))["seq"]

    assert seq("a") == seq("a") != seq("b")
    assert 0 <= seq("a") <= 2**53
    assert seq("") == 0


@pytest.mark.parametrize(
    ("topic", "section"),
    [
        ("nodes/7/msg/weather", "weather"),
        ("nodes/7/status", "status"),
        ("nodes/7/network", "network"),
    ],
)
def test_a_depots_message_is_the_section_of_its_topic(topic, section):
    batch = read(topic, b'{"T": 21.5}', NOW)
    assert batch.device == 7
    assert only_sample(batch) == {
        "time": NOW / 1000,
        "seq": only_sample(batch)["seq"],
        "sections": {section: {"T": 21.5}},
    }


@pytest.mark.parametrize("said", ['{"timestamp": "1700000000"}', '{"time": 1700000000}'])
def test_a_depots_message_that_tells_its_time_keeps_it(said):
    assert only_sample(read("nodes/7/status", said.encode(), NOW))["time"] == 1_700_000_000_000


@pytest.mark.parametrize(
    "said", ["{}", '{"time": 5}', '{"timestamp": "soon"}', '{"time": [1]}', "3"]
)
def test_without_a_time_of_its_own_it_has_the_time_of_receipt(said):
    assert only_sample(read("nodes/7/status", said.encode(), NOW))["time"] == NOW / 1000


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("fleet/x/telemetry", b"{}"),
        ("fleet/1/2/telemetry", b"{}"),
        ("thing/product/SN/events", b"{}"),
        ("thing/product/SN/osd", b"not json"),
        ("thing/product/SN/osd", b'{"data": {}}'),
        ("nodes/7/rpc/send", b"{}"),
        ("nodes/7/msg/weather", b"{"),
        ("something/else", b"{}"),
    ],
)
def test_what_is_of_none_of_the_families_is_refused(topic, payload):
    with pytest.raises(Invalid):
        read(topic, payload, NOW)

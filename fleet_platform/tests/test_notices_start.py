"""From a robot's low battery to a webhook, through the processes that `manage.py start` runs."""

import hmac
import json
import shutil

import pytest
import requests

from fleet_platform.tests.aide import PASSWORD
from fleet_platform.tests.hooks import listening_hook
from fleet_platform.tests.server import ENOUGH_SECONDS, EPOCH_MS, until
from fleet_platform.tests.test_start import Started, sign_in


@pytest.fixture
def running(installation, tmp_path):
    template, world = installation
    shutil.copytree(template, tmp_path / "data")
    running = Started(tmp_path / "data", DEMO="0", NOTIFY_PRIVATE_ADDRESSES="1")
    running.world = world
    try:
        running.until_greeted()
        yield running
    finally:
        running.stop()


def call(running, method: str, path: str, token: str, body=None) -> dict:
    headers = {"Authorization": f"Bearer {token}"}
    answer = requests.request(
        method, running.url + path, json=body, headers=headers, timeout=ENOUGH_SECONDS
    )
    assert answer.ok, answer.text
    return answer.json() if answer.content else {}


def test_an_alarm_reaches_the_webhook_and_a_lost_one_comes_again(running):
    robot = running.world["robots"][0]
    viewer = sign_in(running.url, "viewer@test.example", PASSWORD)
    device = {"device": robot["name"], "secret": robot["secret"]}
    token = requests.post(f"{running.url}/api/fleet/device-token", json=device, timeout=30).json()
    low = {"robot_base_status": {"battery": 3}}
    with listening_hook() as hook:
        hook.answers = [503, 200]
        channel = {"kind": "webhook", "address": hook.url}
        secret = call(running, "POST", "/api/fleet/me/channels", viewer, channel)["secret"]
        batch = {"samples": [{"time": EPOCH_MS, "sections": low}]}
        call(running, "POST", "/api/fleet/telemetry", token["token"], batch)
        until(lambda: len(hook.calls) == 2)
        first, second = hook.calls
    assert json.loads(first.body)["alarm"]["code"] == "battery_low"
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    for sent in (first, second):
        moment, told = [part.split("=")[1] for part in sent.headers["Fleet-Signature"].split(",")]
        made = hmac.digest(secret.encode(), moment.encode() + b"." + sent.body, "sha256").hex()
        assert made == told

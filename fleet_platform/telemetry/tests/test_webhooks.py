"""One signed POST to a real server: what arrives, and every way in which it may go wrong."""

import json
import re
import shutil
import socket
import subprocess
import threading
import time

import pytest

from fleet_platform.shared.deadline import LOOKUPS_AT_ONCE
from fleet_platform.telemetry.notices import addresses, webhooks
from fleet_platform.telemetry.notices.outcomes import Failed
from fleet_platform.tests.hooks import drip, flood, listening_hook, redirect

BODY = json.dumps({"id": "1", "name": "로봇"}).encode()


@pytest.fixture(autouse=True)
def own_network(settings):
    settings.NOTIFY_PRIVATE_ADDRESSES = True


@pytest.fixture
def hook():
    with listening_hook() as hook:
        yield hook


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(webhooks, "PATIENCE_SECONDS", 0.5)


def failure(url: str) -> Failed:
    with pytest.raises(Failed) as refused:
        webhooks.post(url, BODY, {})
    return refused.value


def test_the_body_arrives_as_it_is_with_its_headers(hook):
    webhooks.post(hook.url, BODY, {"Content-Type": "application/json", "Idempotency-Key": "k"})
    (call,) = hook.calls
    assert (call.path, call.body) == ("/hook?key=1", BODY)
    assert call.headers["Host"] == f"127.0.0.1:{hook.port}"
    assert call.headers["Idempotency-Key"] == "k"


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_the_signature_is_what_openssl_makes_of_it():
    signed = webhooks.signature("whsec_abc", 1_700_000_000, BODY)
    moment, told = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", signed).groups()
    made = subprocess.run(
        ["openssl", "dgst", "-sha256", "-hmac", "whsec_abc"],
        input=moment.encode() + b"." + BODY,
        capture_output=True,
        check=True,
    )
    assert made.stdout.decode().split()[-1] == told


@pytest.mark.parametrize("status", [200, 201, 204])
def test_any_2xx_is_an_answer(hook, status):
    hook.answers = [status]
    webhooks.post(hook.url, BODY, {})


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
def test_a_refusal_may_be_tried_again(hook, status):
    hook.answers = [status]
    refused = failure(hook.url)
    assert str(status) in refused.reason
    assert not refused.final


def test_410_says_that_nobody_is_there_any_more(hook):
    hook.answers = [410]
    refused = failure(hook.url)
    assert refused.gone and refused.final


def test_a_redirect_is_not_followed(hook):
    hook.answers = [redirect]
    assert failure(hook.url).final
    assert len(hook.calls) == 1


def test_nobody_listening_may_be_tried_again():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert not failure(f"http://127.0.0.1:{port}/").final


def test_a_server_that_drips_is_left(hook, impatient):
    hook.answers = [drip]
    began = time.monotonic()
    assert failure(hook.url).reason == "no answer in time"
    assert time.monotonic() - began < 10  # the drip goes on for 30


def test_a_server_that_says_nothing_is_left(impatient):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert failure(f"http://127.0.0.1:{port}/").reason == "no answer in time"


def test_a_name_server_that_says_nothing_is_left(impatient, monkeypatch):
    asked, answered = threading.Event(), threading.Event()

    def wait(*_, **__):
        asked.set()
        answered.wait(5)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    try:
        assert failure("http://slow.example/").reason == "the host was not found in time"
    finally:
        answered.set()
    assert asked.is_set()


def test_name_servers_that_say_nothing_cost_few_threads(monkeypatch):
    monkeypatch.setattr(webhooks, "PATIENCE_SECONDS", 0.01)
    asked, answered = [], threading.Event()

    def wait(*_, **__):
        asked.append(1)
        answered.wait(5)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    try:
        for _ in range(LOOKUPS_AT_ONCE + 4):
            failure("http://slow.example/")
    finally:
        answered.set()
    assert len(asked) <= LOOKUPS_AT_ONCE


def test_a_secure_server_that_never_shakes_hands_is_left(impatient):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert failure(f"https://127.0.0.1:{port}/").reason == "no answer in time"


def test_a_body_without_end_is_not_read_to_it(hook):
    hook.answers = [flood]
    began = time.monotonic()
    webhooks.post(hook.url, BODY, {})
    assert time.monotonic() - began < webhooks.PATIENCE_SECONDS


def test_a_plain_server_behind_https_is_no_secure_connection(hook, impatient):
    assert "secure" in failure(hook.url.replace("http://", "https://")).reason


def test_a_reason_holds_no_part_of_the_address(hook):
    hook.answers = [500]
    assert "hook" not in failure(hook.url).reason
    assert "127" not in failure("http://127.0.0.1:1/secret-path").reason


def test_private_addresses_are_refused_before_anything_is_sent(hook, settings):
    settings.NOTIFY_PRIVATE_ADDRESSES = False
    settings.NOTIFY_PORTS = [str(hook.port)]
    assert failure(hook.url).final
    assert failure(f"http://localhost:{hook.port}/").final
    assert hook.calls == []


def test_the_connection_goes_where_was_looked_and_not_where_the_name_leads_then(
    hook, monkeypatch, settings
):
    """A name server that gives a public address to the check and this machine's to the connection."""
    settings.NOTIFY_PRIVATE_ADDRESSES = False
    settings.NOTIFY_PORTS = [str(hook.port)]
    looked, went = [], []

    def answer(host, port, **_):
        looked.append(host)
        told = "203.0.113.1" if len(looked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (told, port))]

    def connect(address, timeout=None):
        went.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(addresses, "is_public", lambda address: str(address) == "203.0.113.1")
    monkeypatch.setattr(socket, "getaddrinfo", answer)
    monkeypatch.setattr(socket, "create_connection", connect)
    failure(f"http://rebind.example:{hook.port}/")
    assert went == [("203.0.113.1", hook.port)]
    assert looked == ["rebind.example"]

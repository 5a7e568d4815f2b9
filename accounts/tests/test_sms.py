"""SMS: the numbers, the backends of development, and the provider's adapter against a real HTTP server."""

import io
import json
import logging
import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from accounts import sms
from accounts.sms import NotSent, SmsMessage, clean_number, console, http, memory

TEXT = 'Code 123456 "quoted" & 한글 {to} \n'
SECRET = "key-that-nobody-may-read"


# --- numbers ---


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("01012345678", "01012345678"),
        ("010-1234-5678", "01012345678"),
        (" +82 (10) 1234.5678 ", "+821012345678"),
    ],
)
def test_a_number_is_kept_in_one_form(said, number):
    assert clean_number(said) == number


@pytest.mark.parametrize(
    "said", ["", "12", "phone", "010x12345678", "1" * 16, "++8210123456", "٠١٠١٢٣٤٥٦٧٨"]
)
def test_what_is_no_number_is_refused(said):
    with pytest.raises(ValueError, match="not a phone number"):
        clean_number(said)


# --- development and tests ---


def test_the_console_prints_the_message():
    out = io.StringIO()
    assert console.SmsBackend(stream=out).send_messages([SmsMessage("010", "Code 1", "Fleet")]) == 1
    assert out.getvalue().startswith("To: 010\nFrom: Fleet\n\nCode 1\n")


def test_files_are_readable_by_their_owner_alone(tmp_path, settings):
    settings.SMS_FILE_PATH = str(tmp_path / "sms")
    settings.SMS_BACKEND = "accounts.sms.file.SmsBackend"
    for number in ("01011112222", "01033334444"):
        sms.send(number, "Code 1")
    found = sorted((tmp_path / "sms").iterdir())
    assert len(found) == 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in found} == {0o600}
    assert "Code 1" in found[0].read_text()


def test_the_memory_is_a_list_to_look_at(settings):
    settings.SMS_FROM = "Fleet"
    sms.send("01011112222", "Code 1")
    (message,) = memory.outbox
    assert (message.to, message.sender, message.text) == ("01011112222", "Fleet", "Code 1")


def test_no_backend_is_no_sms(settings):
    settings.SMS_BACKEND = ""
    assert not sms.is_offered()


def test_a_message_does_not_show_its_text():
    assert "123456" not in repr(SmsMessage("010", "Code 123456"))


# --- a provider ---


class Provider:
    """Answers what `script` says, one entry a call and the last for ever: a status, or a function of the handler."""

    def __init__(self):
        self.script: list = [200]
        self.body = b'{"result": "ok"}'
        self.calls: list[tuple[str, str, dict, bytes]] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                length = int(self.headers.get("Content-Length", 0))
                call = (self.command, self.path, dict(self.headers), self.rfile.read(length))
                provider.calls.append(call)
                step = provider.script[min(len(provider.calls), len(provider.script)) - 1]
                if callable(step):
                    step(self)
                    return
                self.send_response(step)
                self.send_header("Content-Length", str(len(provider.body)))
                self.end_headers()
                self.wfile.write(provider.body)

            do_GET = do_POST = do_PUT = answer

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.stopped = threading.Event()
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self.stopped.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def provider(settings, monkeypatch) -> Iterator[Provider]:
    provider = Provider()
    monkeypatch.setattr(http, "FIRST_PAUSE_SECONDS", 0.01)
    settings.SMS_BACKEND = "accounts.sms.http.SmsBackend"
    settings.SMS_HTTP_URL = f"{provider.url}/send?key={SECRET}"
    settings.SMS_HTTP_HEADERS = json.dumps({"Authorization": f"Bearer {SECRET}"})
    settings.SMS_FROM = "025551234"
    settings.SMS_HTTP_TIMEOUT = 5
    settings.SMS_HTTP_TRIES = 3
    yield provider
    provider.stop()


def failed() -> NotSent:
    with pytest.raises(NotSent) as refusal:
        sms.send("01012345678", TEXT)
    return refusal.value


def test_a_message_goes_as_json_with_the_headers_of_the_settings(provider):
    sms.send("01012345678", TEXT)
    ((method, path, headers, body),) = provider.calls
    assert (method, path) == ("POST", f"/send?key={SECRET}")
    assert headers["Authorization"] == f"Bearer {SECRET}"
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body) == {"to": "01012345678", "from": "025551234", "text": TEXT}


def test_the_body_may_be_nested_and_carry_the_message_s_id(provider, settings):
    settings.SMS_HTTP_METHOD = "PUT"
    settings.SMS_HTTP_BODY = '{"messages": [{"to": ["+82{to}"], "ref": "{id}", "n": 1}]}'
    sms.send("1012345678", TEXT)
    ((method, _, _, body),) = provider.calls
    (message,) = json.loads(body)["messages"]
    assert method == "PUT"
    assert (message["to"], message["n"]) == (["+821012345678"], 1)
    assert len(message["ref"]) == 16


def test_a_form_is_a_form(provider, settings):
    settings.SMS_HTTP_HEADERS = '{"content-type": "application/x-www-form-urlencoded"}'
    settings.SMS_HTTP_BODY = "To={to}&Body={text}&Kind=SMS&Empty="
    settings.SMS_HTTP_USER, settings.SMS_HTTP_PASSWORD = "fleet", SECRET
    sms.send("01012345678", TEXT)
    ((_, _, headers, body),) = provider.calls
    assert headers["Authorization"].startswith("Basic ")
    assert parse_qs(body.decode(), keep_blank_values=True) == {
        "To": ["01012345678"],
        "Body": [TEXT],
        "Kind": ["SMS"],
        "Empty": [""],
    }


def test_a_get_carries_the_message_in_its_address(provider, settings):
    settings.SMS_HTTP_METHOD = "GET"
    settings.SMS_HTTP_URL = f"{provider.url}/send?to={{to}}&text={{text}}"
    sms.send("01012345678", TEXT)
    ((method, path, _, body),) = provider.calls
    assert (method, body) == ("GET", b"")
    assert parse_qs(urlsplit(path).query) == {"to": ["01012345678"], "text": [TEXT]}


def test_no_text_breaks_out_of_its_place(provider):
    sms.send("01012345678", '", "to": "0900", "x": "')
    assert json.loads(provider.calls[0][3])["to"] == "01012345678"


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_provider_in_trouble_is_asked_again(provider, status):
    provider.script = [status, status, 202]
    sms.send("01012345678", TEXT)
    assert len(provider.calls) == 3


def test_the_repeat_carries_the_same_id(provider, settings):
    settings.SMS_HTTP_BODY = '{"ref": "{id}"}'
    provider.script = [500, 200]
    sms.send("01012345678", TEXT)
    assert provider.calls[0][3] == provider.calls[1][3]


def test_after_the_last_try_the_message_may_go_later(provider):
    provider.script = [502]
    failure = failed()
    assert len(provider.calls) == 3
    assert (failure.reason, failure.again) == ("the provider answered 502", True)


@pytest.mark.parametrize("status", [400, 401, 404, 422, 302])
def test_a_refusal_is_final(provider, status):
    provider.script = [status]
    failure = failed()
    assert len(provider.calls) == 1
    assert (failure.reason, failure.again) == (f"the provider answered {status}", False)


def test_a_provider_that_never_answers_is_given_up(provider, settings):
    settings.SMS_HTTP_TIMEOUT, settings.SMS_HTTP_TRIES = 0.2, 2
    provider.script = [lambda handler: provider.stopped.wait(20)]
    failure = failed()
    assert len(provider.calls) == 2
    assert (failure.reason, failure.again) == ("no answer in time", True)


def test_a_provider_that_drips_is_given_up_as_one_that_never_answers(provider, settings):
    """Each byte comes in time; the whole answer does not."""

    def drip(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not provider.stopped.wait(0.05):
            handler.wfile.write(b"x")
        handler.close_connection = True

    settings.SMS_HTTP_TIMEOUT, settings.SMS_HTTP_TRIES = 0.3, 1
    provider.script = [drip]
    failure = failed()
    assert (failure.reason, failure.again) == ("no answer in time", True)


def busy(seconds: str):
    def answer(handler):
        handler.send_response(429)
        handler.send_header("Retry-After", seconds)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def test_a_busy_provider_is_tried_again_when_it_asks_to(provider, monkeypatch):
    pauses = []
    monkeypatch.setattr(http.time, "sleep", pauses.append)
    provider.script = [busy("3"), 200]
    sms.send("01012345678", TEXT)
    assert pauses == [3.0]


def test_who_is_to_wait_long_is_left_to_a_later_sending(provider):
    provider.script = [busy("60")]
    failure = failed()
    assert len(provider.calls) == 1
    assert (failure.again, failure.retry_after) == (True, 60.0)


def test_a_provider_that_is_not_there_may_be_later(settings, provider):
    provider.stop()
    failure = failed()
    assert failure.again and failure.reason.startswith("no answer")


def test_an_answer_cut_off_is_no_answer(provider, settings):
    def cut(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"half")
        handler.close_connection = True

    settings.SMS_HTTP_SUCCESS, settings.SMS_HTTP_TRIES = "ok", 1
    provider.script = [cut]
    assert failed()


def test_success_may_be_a_word_in_the_answer(provider, settings):
    settings.SMS_HTTP_SUCCESS = r'"result":\s*"ok"'
    sms.send("01012345678", TEXT)
    provider.body = b'{"result": "no credit"}'
    failure = failed()
    assert (failure.reason, failure.again) == ("the provider's answer does not say success", False)


def test_nothing_secret_is_logged_or_raised(provider, caplog):
    caplog.set_level(logging.DEBUG, logger="fleet")
    provider.script = [500, 500, lambda handler: handler.connection.close()]
    failure = failed()
    assert len(caplog.records) == 3
    for said in (caplog.text, repr(failure), str(failure.__cause__), str(failure.__context__)):
        assert SECRET not in said
        assert "123456" not in said


def test_settings_in_order_have_no_faults(provider):
    assert http.faults() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"SMS_HTTP_URL": ""},
        {"SMS_HTTP_URL": "provider.example"},
        {"SMS_HTTP_HEADERS": "Authorization: x"},
        {"SMS_HTTP_HEADERS": "[]"},
        {"SMS_HTTP_BODY": "to={to}"},
        {"SMS_HTTP_SUCCESS": "("},
    ],
)
def test_settings_that_cannot_work_are_named_without_their_values(provider, settings, changes):
    for name, value in changes.items():
        setattr(settings, name, value)
    assert http.faults()
    assert SECRET not in " ".join(http.faults())

"""Messages on the small installation: SQLite, and a folder as the queue."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from fleet_platform.tests import messages_run
from fleet_platform.tests.server import until


def test_messages_go_through_the_embedded_queue(make_server, tmp_path):
    messages_run.check_messages(make_server(**messages_run.files(tmp_path)), tmp_path)


def test_what_lies_in_the_queue_is_the_number_of_a_row(make_server):
    server = make_server()
    server.call("POST", "/email", {"email": "new@test.example"})
    server.call("PATCH", "/update/password", {"email": "viewer@test.example"})
    told = messages_run.queued(server.folder)
    assert sorted(name for name, _ in told) == [
        "accounts.send_code",
        "accounts.send_temporary_password",
    ]
    assert [arguments for _, arguments in told] == [[1], [1]]


class Moody(BaseHTTPRequestHandler):
    """A provider that fails one message's calls and takes the next."""

    seen: list[dict] = []

    def do_POST(self):
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        Moody.seen.append(said)
        self.send_response(503 if said["id"] == Moody.seen[0]["id"] else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.mark.slow
def test_a_message_that_did_not_go_goes_later_with_another_code(make_server, tmp_path):
    provider = ThreadingHTTPServer(("127.0.0.1", 0), Moody)
    threading.Thread(target=provider.serve_forever, daemon=True).start()
    server = make_server(
        SMS_BACKEND="accounts.sms.http.SmsBackend",
        SMS_HTTP_URL=f"http://127.0.0.1:{provider.server_address[1]}/send",
        SMS_HTTP_BODY='{"id": "{id}", "to": "{to}", "text": "{text}"}',
    )
    with messages_run.working(server.folder, server.changes) as log:
        body = {"email": "new@test.example", "phoneNumber": "01012345678"}
        assert server.call("POST", "/sms", body).status_code == 200
        until(lambda: len({said["id"] for said in Moody.seen}) == 2)
        first, last = (messages_run.CODE.findall(Moody.seen[at]["text"])[0] for at in (0, -1))
        said = {"email": "new@test.example", "certCode": last}
        until(lambda: server.call("POST", "/codecheck", said).text == "true")
    provider.shutdown()
    assert len(Moody.seen) == 4  # three tries of the first message, one of the second
    assert first not in log.read_text() and last not in log.read_text()

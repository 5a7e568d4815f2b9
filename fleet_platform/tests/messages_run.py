"""Codes and temporary passwords through a real web process, a real queue and a real worker."""

import base64
import contextlib
import email
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from email import policy
from pathlib import Path

from django.conf import settings

from accounts.tests.post import CODE, TEMPORARY
from fleet_platform.management.commands.start import worker
from fleet_platform.tests.aide import PASSWORD
from fleet_platform.tests.server import ENOUGH_SECONDS, Server, environment_of, until


def files(folder: Path) -> dict[str, str]:
    """Where messages go instead of to people."""
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "EMAIL_FILE_PATH": str(folder / "mail"),
        "SMS_BACKEND": "accounts.sms.file.SmsBackend",
        "SMS_FILE_PATH": str(folder / "sms"),
    }


@contextlib.contextmanager
def working(folder: Path, changes: Mapping[str, str]) -> Iterator[Path]:
    """A worker as the start command runs it; its log."""
    log = folder / "worker.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            worker().command,
            cwd=settings.BASE_DIR,
            env=environment_of(folder, changes),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    try:
        yield log
    finally:
        process.terminate()
        process.wait(ENOUGH_SECONDS)


def read(folder: Path) -> str:
    """Everything in a folder of messages, decoded."""
    texts = []
    for path in sorted(folder.glob("*")) if folder.exists() else []:
        for part in re.split(r"^-{79}\n", path.read_text(), flags=re.MULTILINE):
            if "\nMIME-Version:" in part:
                part = email.message_from_string(part, policy=policy.default).get_content()
            texts.append(part)
    return "\n".join(texts)


def found(pattern: re.Pattern, folder: Path) -> str:
    """The first of its kind that arrives there."""
    return until(lambda: pattern.findall(read(folder)))[-1]


def queued(folder: Path) -> list[tuple[str, list]]:
    """What lies in the embedded queue: task and arguments."""
    messages = [json.loads(path.read_text()) for path in (folder / "queue" / "messages").iterdir()]
    return [
        (message["headers"]["task"], json.loads(base64.b64decode(message["body"]))[0])
        for message in messages
    ]


def check_messages(server: Server, folder: Path) -> None:
    """A code by each way and a temporary password: sent by the worker, good once, in no log."""
    assert server.call("POST", "/email", {"email": "new@test.example"}).status_code == 200
    assert not (folder / "mail").exists()  # there is no worker yet
    with working(server.folder, server.changes) as log:
        secrets = [
            _code_by_mail(server, folder),
            _code_by_sms(server, folder),
            _temporary_password(server, folder),
        ]
    told = log.read_text() + server.log()
    assert [secret for secret in secrets if secret in told] == []


def _code_by_mail(server: Server, folder: Path) -> str:
    code = found(CODE, folder / "mail")
    said = {"email": "new@test.example", "certCode": code}
    assert server.call("POST", "/codecheck", said).text == "true"
    assert server.call("POST", "/codecheck", said).text == "false"
    return code


def _code_by_sms(server: Server, folder: Path) -> str:
    asked = {"email": "new@test.example", "phoneNumber": "010-1234-5678"}
    assert server.call("POST", "/sms", asked).status_code == 200
    code = found(CODE, folder / "sms")
    assert "To: 01012345678" in read(folder / "sms")
    said = {"email": "new@test.example", "certCode": code}
    assert server.call("POST", "/codecheck", said).text == "true"
    return code


def _temporary_password(server: Server, folder: Path) -> str:
    """From the forgotten password to the new one."""
    server.aide.person(server.home, "forgetful@test.example", "viewer")
    ask = {"email": "forgetful@test.example"}
    assert server.call("PATCH", "/update/password", ask).status_code == 200
    secret = found(TEMPORARY, folder / "mail")
    told = server.call("POST", "/login", {**ask, "password": secret}).json()
    token = told["access_token"]
    assert server.call("GET", "/api/fleet/me", token=token).status_code == 403
    new = {"old_password": secret, "new_password": "a longer and better one"}
    assert server.call("POST", "/api/fleet/me/password", new, token).status_code == 204
    assert server.call("GET", "/api/fleet/me", token=token).status_code == 200
    assert server.call("POST", "/login", {**ask, "password": PASSWORD}).status_code == 401
    return secret

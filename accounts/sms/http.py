"""One HTTP call a message, to whatever provider the settings describe.

SMS_HTTP_URL, _METHOD, _HEADERS (a JSON object), _USER and _PASSWORD (Basic), _BODY, _SUCCESS, _TIMEOUT, _TRIES.
{to}, {from}, {text} and {id} in the values of the body, and in the URL, stand for the message's own; the template is
taken apart before they are filled in, so that no text can break out of its place.
"""

import json
import logging
import random
import re
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError

from fleet_platform.shared.deadline import Deadline

from . import NotSent, SmsMessage
from . import SmsBackend as Base

logger = logging.getLogger("fleet.sms")
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
NAME = re.compile(r"\{(to|from|text|id)\}")
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = (
    10.0  # within one sending; who is to wait longer is tried again by the queue
)
ANSWER_BYTES = 65_536
BUSY = 429
LATE = NotSent("no answer in time", again=True)


class SmsBackend(Base):
    def send_messages(self, messages: Sequence[SmsMessage]) -> int:
        for message in messages:
            self._send(message)
        return len(messages)

    def _send(self, message: SmsMessage) -> None:
        for number in range(1, settings.SMS_HTTP_TRIES + 1):
            failure = self._try(message)
            if failure is None:
                return
            logger.warning("try %d of a message failed: %s", number, failure.reason)
            pause = max(pause_after(number), failure.retry_after)
            if (
                not failure.again
                or number == settings.SMS_HTTP_TRIES
                or pause > LONGEST_PAUSE_SECONDS
            ):
                raise failure
            time.sleep(pause)

    def _try(self, message: SmsMessage) -> NotSent | None:
        """What the provider answers to one call. Errors of the library name the URL, and a key may be in it."""
        with Deadline(settings.SMS_HTTP_TIMEOUT) as deadline, session(deadline) as calls:
            try:
                with calls.request(
                    **call(message),
                    timeout=settings.SMS_HTTP_TIMEOUT,
                    allow_redirects=False,
                    stream=True,
                ) as answer:
                    failure = failure_of(answer)
            except requests.Timeout:
                failure = LATE
            except (requests.RequestException, HTTPError, OSError) as error:
                failure = NotSent(f"no answer ({type(error).__name__})", again=True)
            return LATE if deadline.passed else failure


def session(deadline: Deadline) -> requests.Session:
    """Whose sockets are shut down when the deadline has passed: a timeout of `requests` bounds each read alone."""
    calls = requests.Session()
    for scheme, pool in (("http", HTTPConnectionPool), ("https", HTTPSConnectionPool)):
        adapter = HTTPAdapter()
        adapter.poolmanager.pool_classes_by_scheme = {scheme: _bounded(pool, deadline)}
        calls.mount(f"{scheme}://", adapter)
    return calls


def _bounded(pool: type[HTTPConnectionPool], deadline: Deadline) -> type[HTTPConnectionPool]:
    class Connection(pool.ConnectionCls):
        def _new_conn(self):
            try:
                address, *_ = deadline.addresses(self._dns_host, self.port)
                return deadline.connect(address, self.port)
            except (OSError, UnicodeError) as error:
                raise NewConnectionError(self, str(error)) from None

    class Pool(pool):
        ConnectionCls = Connection

    return Pool


def call(message: SmsMessage) -> dict[str, Any]:
    """Method, address, headers and body of the call, as `requests` takes them."""
    values = {"to": message.to, "from": message.sender, "text": message.text, "id": message.id}
    headers = CaseInsensitiveDict(
        (name, str(value)) for name, value in json.loads(settings.SMS_HTTP_HEADERS).items()
    )
    told: dict[str, Any] = {
        "method": settings.SMS_HTTP_METHOD,
        "url": NAME.sub(lambda found: quote(values[found[1]], safe=""), settings.SMS_HTTP_URL),
        "headers": headers,
    }
    if settings.SMS_HTTP_METHOD != "GET":
        kind = headers.setdefault("Content-Type", JSON)
        told["data"] = body(settings.SMS_HTTP_BODY, kind, values).encode()
    if settings.SMS_HTTP_USER:
        told["auth"] = (settings.SMS_HTTP_USER, settings.SMS_HTTP_PASSWORD)
    return told


def faults() -> list[str]:
    """What is wrong with the settings, in sentences that show no secret."""
    found = []
    if not settings.SMS_HTTP_URL.startswith(("http://", "https://")):
        found.append("SMS_HTTP_URL must be the provider's http:// or https:// address.")
    try:
        re.compile(settings.SMS_HTTP_SUCCESS)
        call(SmsMessage("+10000000", "text"))
    except (ValueError, AttributeError, re.error):
        found.append(
            "SMS_HTTP_HEADERS must be a JSON object, SMS_HTTP_BODY must be JSON, or a form where a"
            " header says so, and SMS_HTTP_SUCCESS a regular expression."
        )
    return found


def body(template: str, kind: str, values: dict[str, str]) -> str:
    """The template filled in. Raises ValueError for one that is not of its kind."""
    if kind.startswith(FORM):
        pairs = parse_qsl(template, keep_blank_values=True, strict_parsing=True)
        return urlencode([(name, filled(value, values)) for name, value in pairs])
    return json.dumps(filled(json.loads(template), values), ensure_ascii=False)


def filled(part: Any, values: dict[str, str]) -> Any:
    if isinstance(part, str):
        return NAME.sub(lambda found: values[found[1]], part)
    if isinstance(part, dict):
        return {name: filled(value, values) for name, value in part.items()}
    if isinstance(part, list):
        return [filled(value, values) for value in part]
    return part


def failure_of(answer: requests.Response) -> NotSent | None:
    """None for an answer of success. The provider's words may repeat the message: only the status is told on."""
    status = answer.status_code
    if not 200 <= status < 300:
        again = status >= 500 or status == BUSY
        return NotSent(f"the provider answered {status}", again=again, retry_after=_wait(answer))
    if settings.SMS_HTTP_SUCCESS:
        text = answer.raw.read(ANSWER_BYTES, decode_content=True).decode(errors="replace")
        if not re.search(settings.SMS_HTTP_SUCCESS, text):
            return NotSent("the provider's answer does not say success", again=False)
    return None


def _wait(answer: requests.Response) -> float:
    """Seconds that the provider asks for; 0 where it names none, or a date."""
    said = answer.headers.get("Retry-After", "").strip()
    return float(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0.0


def pause_after(number: int) -> float:
    """Seconds after a try: 0.5, 1, 2 ..., half of it by chance."""
    longest = FIRST_PAUSE_SECONDS * 2 ** (number - 1)
    return longest * random.uniform(0.5, 1)

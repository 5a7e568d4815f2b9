"""Notices by HTTP: one signed POST, to an address that was looked up once, with an end to waiting and reading."""

import contextlib
import hashlib
import hmac
import http.client
import ssl
from collections.abc import Mapping
from functools import cache

from fleet_platform.shared.deadline import Deadline

from .addresses import Target, resolved, target_of
from .outcomes import Failed

PATIENCE_SECONDS = 5.0  # for all of it, the look-up of the name included
ANSWER_BYTES = 4096
GONE = 410


def signature(secret: str, moment: int, body: bytes) -> str:
    """`t=<seconds since 1970>,v1=<HMAC-SHA256 of "<t>.<body>" in hex>`."""
    told = hmac.new(secret.encode(), b"%d." % moment + body, hashlib.sha256)
    return f"t={moment},v1={told.hexdigest()}"


def post(url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Raises Failed for anything but a 2xx. Redirects are not followed: they would lead past the checks."""
    try:
        target = target_of(url)
    except ValueError as error:
        raise Failed(f"the address {error}", final=True) from None
    with Deadline(PATIENCE_SECONDS) as deadline:
        connection = _Connection(target, resolved(target, deadline), deadline)
        try:
            connection.request("POST", target.path, body, dict(headers))
            _read(connection.getresponse(), deadline)
        except (OSError, http.client.HTTPException, ValueError) as error:
            late = isinstance(error, TimeoutError) or deadline.passed
            raise Failed("no answer in time" if late else _why(error)) from None
        finally:
            connection.close()


def _read(answer: http.client.HTTPResponse, deadline: Deadline) -> None:
    deadline.left()  # else it was broken off in the middle of its headers, which look as if they were whole
    _judge(answer.status)
    with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
        answer.read(ANSWER_BYTES)


def _judge(status: int) -> None:
    if status == GONE:
        raise Failed("the server answered 410: gone", gone=True)
    if 300 <= status < 400:
        raise Failed(f"the server answered {status}: redirects are not followed", final=True)
    if not 200 <= status < 300:
        raise Failed(f"the server answered {status}")


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "the certificate is not valid for this host"
    if isinstance(error, ssl.SSLError):
        return "no secure connection"
    return f"no connection ({type(error).__name__})"


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


class _Connection(http.client.HTTPConnection):
    """To the given address of the host, whatever the host's name leads to by now."""

    def __init__(self, target: Target, address: str, deadline: Deadline):
        self._secure = target.scheme == "https"
        self.default_port = 443 if self._secure else 80
        super().__init__(target.host, target.port)
        self._address, self._deadline = address, deadline

    def connect(self) -> None:
        self.sock = self._deadline.connect(self._address, self.port)
        if self._secure:
            self.sock = _trust().wrap_socket(self.sock, server_hostname=self.host)

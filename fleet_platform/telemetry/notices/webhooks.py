"""Notices by HTTP: one signed POST, to an address that was looked up once, with an end to waiting and reading."""

import contextlib
import hashlib
import hmac
import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from functools import cache

from .addresses import Target, resolved, target_of
from .outcomes import Failed

PATIENCE_SECONDS = 5.0  # for all of it
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
    connection = _Connection(target, resolved(target))
    watchdog = threading.Timer(PATIENCE_SECONDS, connection.break_off)
    watchdog.start()
    try:
        connection.request("POST", target.path, body, dict(headers))
        answer = connection.getresponse()
        if (
            connection.broken_off
        ):  # in the middle of the headers, which then look as if they were whole
            raise TimeoutError
        _judge(answer.status)
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            answer.read(ANSWER_BYTES)
    except (OSError, http.client.HTTPException, ValueError) as error:
        late = isinstance(error, TimeoutError) or connection.broken_off
        raise Failed("no answer in time" if late else _why(error)) from None
    finally:
        watchdog.cancel()
        connection.close()


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

    def __init__(self, target: Target, address: str):
        self._secure = target.scheme == "https"
        self.default_port = 443 if self._secure else 80
        super().__init__(target.host, target.port, timeout=PATIENCE_SECONDS)
        self._address = address
        self.broken_off = False

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self.broken_off:
            raise TimeoutError
        if self._secure:
            self.sock = _trust().wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self.sock.do_handshake()

    def break_off(self) -> None:
        """From another thread: whoever waits for the socket waits no longer."""
        self.broken_off = True
        if self.sock is not None:
            with contextlib.suppress(OSError):  # it is closed already
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

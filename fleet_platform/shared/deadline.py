"""One end to a whole call to another server, for a socket's own timeout bounds each read alone.

The look-up of a name cannot be broken off: it runs in a thread of its own, and nobody waits for it longer than that.
"""

import contextlib
import socket
import threading
import time
from concurrent.futures import Future

LOOKUPS_AT_ONCE = 16  # those that nobody waits for any more included
_lookups = threading.BoundedSemaphore(LOOKUPS_AT_ONCE)


class Deadline:
    """`with Deadline(seconds) as deadline:`; when it has passed, the sockets made through it are shut down.

    What was being read then looks ended: ask `passed` before an answer is believed.
    """

    def __init__(self, seconds: float):
        self._end = time.monotonic() + seconds
        self._handles: list[socket.socket] = []
        self._lock = threading.Lock()
        self._watchdog = threading.Timer(seconds, self._break_off)
        self.passed = False

    def __enter__(self) -> "Deadline":
        self._watchdog.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._watchdog.cancel()
        with self._lock:
            for handle in self._handles:
                handle.close()
            self._handles.clear()

    def left(self) -> float:
        """Seconds. Raises TimeoutError where none are left."""
        seconds = self._end - time.monotonic()
        if self.passed or seconds <= 0:
            raise TimeoutError
        return seconds

    def addresses(self, host: str, port: int) -> list[str]:
        """Where the name leads, in the resolver's order. Raises TimeoutError, OSError, UnicodeError."""
        if not _lookups.acquire(timeout=self.left()):
            raise TimeoutError
        found: Future[list[str]] = Future()
        threading.Thread(target=_look_up, args=(found, host, port), daemon=True).start()
        return found.result(self.left())

    def connect(self, address: str, port: int) -> socket.socket:
        """Raises TimeoutError, OSError."""
        made = socket.create_connection((address, port), self.left())
        with self._lock:
            # A handle of its own, for TLS takes the socket's away while it shakes hands.
            self._handles.append(made.dup())
        self.left()
        return made

    def _break_off(self) -> None:
        self.passed = True
        with self._lock:
            for handle in self._handles:
                with contextlib.suppress(OSError):  # it is closed already
                    handle.shutdown(socket.SHUT_RDWR)


def _look_up(found: Future, host: str, port: int) -> None:
    try:
        told = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        found.set_result([str(one[4][0]) for one in told])
    except Exception as error:
        found.set_exception(error)
    finally:
        _lookups.release()

"""Prints messages: for development, where showing the code is the point."""

import sys
import threading
from collections.abc import Sequence
from typing import TextIO

from . import SmsBackend as Base
from . import SmsMessage, as_text

_lock = threading.Lock()


class SmsBackend(Base):
    def __init__(self, stream: TextIO | None = None):
        self.stream = stream or sys.stdout

    def send_messages(self, messages: Sequence[SmsMessage]) -> int:
        with _lock:
            for message in messages:
                self.stream.write(as_text(message))
            self.stream.flush()
        return len(messages)

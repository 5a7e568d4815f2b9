"""Writes messages into SMS_FILE_PATH, one file a message, readable by their owner alone."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from . import SmsBackend as Base
from . import SmsMessage, as_text


class SmsBackend(Base):
    def __init__(self, file_path: str | None = None):
        self.folder = Path(file_path or settings.SMS_FILE_PATH)

    def send_messages(self, messages: Sequence[SmsMessage]) -> int:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in messages:
            name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{message.id}.txt"
            handle = os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(as_text(message))
        return len(messages)

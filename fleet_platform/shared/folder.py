"""Media in a folder: Django's own storage, with a listing that is never whole in memory."""

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

from django.core.files.storage import FileSystemStorage


class Folder(FileSystemStorage):
    def stored(self, start: str) -> Iterator[tuple[str, datetime]]:
        """Names of files that begin with `folder/...`, in no order, and when each was last written."""
        folder, _, first = start.rpartition("/")
        if not os.path.isdir(self.path(folder)):
            return
        with os.scandir(self.path(folder)) as entries:
            for entry in entries:
                if entry.name.startswith(first) and entry.is_file():
                    with suppress(FileNotFoundError):  # deleted a moment ago
                        written = entry.stat().st_mtime
                        yield f"{folder}/{entry.name}", datetime.fromtimestamp(written, UTC)

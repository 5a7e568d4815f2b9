"""Whether static files must be collected again: a fingerprint of every source file's path, size and time."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders


class StaticState:
    def __init__(self) -> None:
        self.mark = Path(settings.STATIC_ROOT) / ".sources"
        self.fingerprint = _fingerprint()

    def unchanged(self) -> bool:
        manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
        return (
            manifest.exists() and self.mark.exists() and self.mark.read_text() == self.fingerprint
        )

    def remember(self) -> None:
        self.mark.write_text(self.fingerprint)


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            facts = Path(storage.path(path)).stat()
            digest.update(f"{path}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()

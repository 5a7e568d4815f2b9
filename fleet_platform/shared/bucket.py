"""Media in an S3 bucket: django-storages with timeouts, and with outages told as the platform tells them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from storages.backends.s3 import S3Storage

from .errors import Unavailable

PATIENCE = Config(
    connect_timeout=3, read_timeout=10, retries={"max_attempts": 2, "mode": "standard"}
)
RETRY_SECONDS = 5
PAGE = 1000  # the most that S3 lists at once


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, Boto3Error, ClientError) as error:
        raise Unavailable(RETRY_SECONDS, "The file store is away. Try again.") from error


class Bucket(S3Storage):
    """Whatever is asked of it raises Unavailable where the bucket cannot be reached or refuses us."""

    def __init__(self, **settings) -> None:
        super().__init__(**settings)
        self.client_config = self.client_config.merge(PATIENCE)

    def _open(self, name: str, mode: str = "rb") -> File:
        """Read whole, into a temporary file where it is large: what fails, fails here."""
        with _told():
            file = super()._open(name, mode)
            if "r" in mode:
                file.seek(0)
            return file

    def exists(self, name: str) -> bool:
        with _told():
            return super().exists(name)

    def _save(self, name: str, content: File) -> str:
        with _told():
            return super()._save(name, content)

    def delete(self, name: str) -> None:
        with _told():
            super().delete(name)

    def stored(self, start: str) -> Iterator[tuple[str, datetime]]:
        """Names of files that begin so, by name, and when each was last written; a page in memory."""
        with _told():
            for item in self.bucket.objects.filter(Prefix=start).page_size(PAGE):
                yield item.key, item.last_modified

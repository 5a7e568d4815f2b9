"""SMS by backends of the shape of Django's for e-mail: SMS_BACKEND names a module's class `SmsBackend`.

console, file and memory are for development and tests; http speaks to any provider with one call a message.
A provider with more ceremony (signed requests, batches) is a class of your own with `send_messages`.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.module_loading import import_string

PUNCTUATION = re.compile(r"[\s().-]+")
NUMBER = re.compile(r"\+?[0-9]{7,15}")


@dataclass(frozen=True)
class SmsMessage:
    """`text` may hold a secret, so it is in no repr. `id` is new for each message, for providers that tell repeats."""

    to: str
    text: str = field(repr=False)
    sender: str = ""
    id: str = field(default_factory=lambda: secrets.token_hex(8))


class NotSent(Exception):
    """A message that did not go. `again`: whether a later try may help, not before `retry_after` seconds.

    The reason never has the text in it.
    """

    def __init__(self, reason: str, *, again: bool, retry_after: float = 0.0):
        super().__init__(reason)
        self.reason, self.again, self.retry_after = reason, again, retry_after


class SmsBackend:
    """Base of all backends."""

    def open(self) -> None:
        """Connect, where there is something to keep open."""

    def close(self) -> None: ...

    def send_messages(self, messages: Sequence[SmsMessage]) -> int:
        """How many went. Raises NotSent."""
        raise NotImplementedError


def get_connection(backend: str | None = None, **options) -> SmsBackend:
    return import_string(backend or settings.SMS_BACKEND)(**options)


def is_offered() -> bool:
    """Whether this installation sends SMS at all."""
    return bool(settings.SMS_BACKEND)


def send(to: str, text: str) -> None:
    """One message, from SMS_FROM. Raises NotSent."""
    connection = get_connection()
    connection.open()
    try:
        connection.send_messages([SmsMessage(to, text, settings.SMS_FROM)])
    finally:
        connection.close()


def clean_number(said: str) -> str:
    """Digits alone, with the plus of a country code. Raises ValueError for what is no phone number."""
    number = PUNCTUATION.sub("", said)
    if not NUMBER.fullmatch(number):
        raise ValueError("is not a phone number: give 7 to 15 digits")
    return number


def as_text(message: SmsMessage) -> str:
    return f"To: {message.to}\nFrom: {message.sender}\n\n{message.text}\n{'-' * 79}\n"

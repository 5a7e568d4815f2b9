"""Secrets that must be read again later, encrypted at rest with keys that come from SECRET_KEY.

After SECRET_KEY was changed, what was sealed before opens as long as the old key is among SECRET_KEY_FALLBACKS.
"""

import base64
import hashlib
from typing import Any

from django.conf import settings

PURPOSE = b"fleet_platform.sealing"


class Unsealable(Exception):
    """It was sealed with a key that is no longer known, or is not whole."""


def seal(secret: str) -> str:
    return _keys().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """Raises Unsealable."""
    from cryptography.fernet import InvalidToken

    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unsealable from None


def _keys() -> Any:
    """The newest key seals; each of them opens."""
    from cryptography.fernet import Fernet, MultiFernet

    return MultiFernet(
        Fernet(_key(secret)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    )


def _key(secret: str) -> bytes:
    """SECRET_KEY is long and random, so one keyed hash makes a key of its own from it."""
    told = hashlib.blake2b(secret.encode(), digest_size=32, person=PURPOSE[:16]).digest()
    return base64.urlsafe_b64encode(told)

"""Typed readers of environment variables. A bad value stops the start with a sentence, never later."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def secret(name: str, default: str = "") -> str:
    """The variable, or the content of the file that <name>_FILE names."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE: {error}") from error
    return text(name, default)


def flag(name: str, default: bool = False) -> bool:
    said = os.environ.get(name)
    if said is None:
        return default
    if said.strip().lower() in TRUE:
        return True
    if said.strip().lower() in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be 0 or 1, not {said!r}")


def integer(name: str, default: int, low: int = 0) -> int:
    said = os.environ.get(name)
    if said is None or not said.strip():
        return default
    try:
        value = int(said)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {said!r}") from error
    if value < low:
        raise ImproperlyConfigured(f"{name} must be at least {low}, not {value}")
    return value


def listing(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]

"""The demo accounts' password: DEMO_PASSWORD, or one made at the first start and kept for the simulators.

The file is readable by its owner alone, as the installation's secret key beside it is.
"""

import os
import secrets
from pathlib import Path

from django.conf import settings

from fleet_platform.shared import environ


def path() -> Path:
    return settings.DATA_DIR / "demo_password"


def choose() -> tuple[str, bool]:
    """The password, and whether it is another one than at the last start."""
    before = read()
    password = environ.secret("DEMO_PASSWORD") or before or secrets.token_urlsafe(9)
    if password != before:
        _keep(password)
    return password, password != before


def read() -> str:
    try:
        return path().read_text().strip()
    except FileNotFoundError:
        return ""


def _keep(password: str) -> None:
    with os.fdopen(os.open(path(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(password)

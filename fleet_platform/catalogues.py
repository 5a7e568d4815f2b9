"""The platform's catalogues: which files each of them is collected from."""

import gettext
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from . import messages
from .messages import Text
from .settings import package_files

APPS = ("accounts", "fleet_platform", "robots", "drones", "therapy", "plans")
LANGUAGE = "ko"
REWORDED = {Text("This field may not be blank.")}  # what others say in Korean, and we say better
FOREIGN = ("django", "drf_spectacular", "django_celery_beat", "rest_framework")


def wanted(domain: str) -> set[Text]:
    """Every text of one domain, `django` or `djangojs`."""
    root = settings.BASE_DIR
    if domain == "djangojs":
        return messages.in_files((root / "static" / "js").rglob("*.js"))
    ours = messages.in_files(_sources(root)) | REWORDED
    return ours | (messages.in_files(_theme()) - _known_elsewhere())


def _sources(root: Path) -> Iterator[Path]:
    for app in APPS:
        for path in (root / app).rglob("*.py"):
            if not {"tests", "migrations"} & set(path.parts):
                yield path
    yield from (root / "templates").rglob("*.html")


def _theme() -> Iterator[Path]:
    """The admin theme ships no translations of its own. Of its extensions only the filters are installed."""
    theme = package_files("unfold")
    for path in (*theme.rglob("*.html"), *theme.rglob("*.py")):
        extension = path.relative_to(theme).parts[:2]
        if extension[0] != "contrib" or extension == ("contrib", "filters"):
            yield path


def _known_elsewhere() -> set[Text]:
    """What Django and the others already say in Korean."""
    known = set()
    for module in FOREIGN:
        for path in package_files(module).rglob(f"locale/{LANGUAGE}/LC_MESSAGES/django.mo"):
            with path.open("rb") as file:
                catalogue = gettext.GNUTranslations(file)._catalog
            known |= {Text(key) for key in catalogue if isinstance(key, str)}
    return known


def po_path(domain: str) -> Path:
    return settings.BASE_DIR / "locale" / LANGUAGE / "LC_MESSAGES" / f"{domain}.po"


def mo_path(domain: str) -> Path:
    return po_path(domain).with_suffix(".mo")

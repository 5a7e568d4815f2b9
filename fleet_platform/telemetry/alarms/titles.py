"""What alarms are called, for people."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from .. import kinds
from .codes import FENCE, RED_ZONE, SILENT

TITLES = {
    RED_ZONE: _("Entered a red zone"),
    FENCE: _("Left its fence"),
    SILENT: _("Not heard any more"),
}


def title_of(code: str) -> Any:
    """Lazy text. Kinds name their own conditions; a code that nobody named stands for itself."""
    if title := TITLES.get(code):
        return title
    conditions = (one for kind in kinds.all_kinds() for one in kind.conditions)
    return next((one.title for one in conditions if one.code == code and one.title), code)

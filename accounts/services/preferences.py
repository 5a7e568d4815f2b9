"""What people choose for themselves."""

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from fleet_platform.shared.errors import Invalid, NotAllowed

from ..models import User
from ..principal import Actor


def language_choose(*, actor: Actor, language: str) -> User:
    """The language of the actor's pages and of what is sent to the actor. Raises Invalid."""
    if actor.kind != "user":
        raise NotAllowed
    if language not in dict(settings.LANGUAGES):
        raise Invalid({"language": _("is not a language of the pages")})
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=actor.id)
        user.language = language
        user.save(update_fields=["language"])
    return user

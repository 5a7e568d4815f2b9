"""Reads of uploads."""

from accounts.principal import Actor
from fleet_platform.shared.errors import NotFound

from .models import Upload


def upload_for(actor: Actor, upload_id: int, verb: str) -> Upload:
    """One upload of a workspace where the actor may do the verb. Raises NotFound."""
    upload = actor.scope(verb, Upload.objects.all()).filter(pk=upload_id).first()
    if upload is None:
        raise NotFound
    return upload


def upload_named(name: str) -> Upload:
    """Whoever knows the name may see the file: it cannot be guessed. Raises NotFound."""
    upload = Upload.objects.filter(name=name).first() if "\0" not in name else None
    if upload is None:
        raise NotFound
    return upload

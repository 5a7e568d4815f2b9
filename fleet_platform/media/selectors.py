"""Reads of uploads."""

from collections.abc import Sequence

from accounts.principal import Actor
from fleet_platform.shared.errors import NotFound

from .models import FOLDER, Upload


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


def uploads_stored(names: Sequence[str]) -> set[str]:
    """Those of the names in the storage that an upload has."""
    own = [name.removeprefix(f"{FOLDER}/") for name in names]
    found = Upload.objects.filter(name__in=own)
    return {f"{FOLDER}/{name}" for name in found.values_list("name", flat=True)}

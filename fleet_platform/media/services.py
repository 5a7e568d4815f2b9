"""Files come and go. A file is stored before its row is committed, and deleted after its row is gone."""

from collections.abc import Iterator
from typing import BinaryIO

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from accounts import audit
from accounts.principal import Actor
from fleet_platform.shared import clock, throttle
from fleet_platform.shared.errors import Invalid, NotAuthenticated, TooLarge
from fleet_platform.shared.media import ImageTooLarge, Picture, UnfitImage, picture_of, unguessable

from .models import Upload
from .selectors import upload_for

HOUR = 3600
PURGE_CHUNK = 100


def picture_upload(
    *, actor: Actor, file: BinaryIO, size: int, file_name: str = "", field: str = "file"
) -> Upload:
    """A picture that a client sends. It belongs to the sender, and to the sender's workspace where there is but one.

    Raises TooMany and TooLarge past the sender's limits, Invalid by `field` for what is no fit picture.
    """
    if not actor.is_authenticated:
        raise NotAuthenticated
    throttle.hit("upload", str(actor), limit=settings.UPLOADS_PER_HOUR, window=HOUR)
    room = _room(actor)
    _require_room(room, 1)  # whoever has none costs no more than this
    try:
        picture = picture_of(file, size)
    except ImageTooLarge as error:
        raise TooLarge(f"{field} {error}") from None
    except UnfitImage as error:
        raise Invalid({field: str(error)}) from None
    _require_room(room, len(picture.data))
    workspace_id = next(iter(actor.roles)) if len(actor.roles) == 1 else None
    return _store(actor, picture, file_name, workspace_id, Upload.Purpose.SENT)


def registry_picture_add(
    *, actor: Actor, workspace_id: int, picture: Picture, file_name: str = ""
) -> Upload:
    """A picture that an operator gives to a row of the registry: kept until somebody deletes it."""
    actor.require("device.manage", workspace_id)
    return _store(actor, picture, file_name, workspace_id, Upload.Purpose.REGISTRY)


def upload_delete(*, actor: Actor, upload_id: int) -> None:
    """The file and its row; its address is unknown from then on."""
    upload = upload_for(actor, upload_id, "upload.manage")
    with transaction.atomic():
        target = f"upload:{upload.pk}"
        audit.record(
            actor, "upload.delete", target, upload.workspace_id, {"file_name": upload.file_name}
        )
        _delete(Upload.objects.filter(pk=upload.pk))


def uploads_purge(workspace_id: int, before_us: int) -> Iterator[int]:
    """Delete a workspace's older files, those of the registry left out, a chunk a transaction."""
    old = Upload.objects.filter(
        workspace_id=workspace_id,
        purpose=Upload.Purpose.SENT,
        created_at__lt=clock.to_datetime(before_us),
    )
    while ids := list(old.values_list("pk", flat=True)[:PURGE_CHUNK]):
        with transaction.atomic():
            _delete(Upload.objects.filter(pk__in=ids))
        yield len(ids)


def _room(actor: Actor) -> int:
    """How many bytes the sender may still store."""
    used = _sent_by(actor).aggregate(used=Sum("size"))["used"] or 0
    known = actor.roles or actor.everywhere
    return (settings.UPLOAD_BYTES_PER_SENDER if known else settings.UPLOAD_BYTES_PER_GUEST) - used


def _require_room(room: int, size: int) -> None:
    if size > room:
        raise TooLarge(_("You have used up your room for uploads: ask a manager to delete some."))


def _sent_by(actor: Actor) -> QuerySet[Upload]:
    mine = {"device_id" if actor.kind == "device" else "user_id": actor.id}
    return Upload.objects.filter(purpose=Upload.Purpose.SENT, **mine)


def _store(
    actor: Actor, picture: Picture, file_name: str, workspace_id: int | None, purpose: str
) -> Upload:
    """The storage may be far away, so no transaction waits for it."""
    upload = Upload(
        name=unguessable(picture.suffix),
        purpose=purpose,
        workspace_id=workspace_id,
        user_id=actor.id if actor.kind == "user" else None,
        device_id=actor.id if actor.kind == "device" else None,
        file_name=_plain(file_name),
        content_type=picture.content_type,
        size=len(picture.data),
        width=picture.width,
        height=picture.height,
    )
    default_storage.save(upload.stored_as, ContentFile(picture.data))
    try:
        with transaction.atomic():
            upload.save()
            facts = {"file_name": upload.file_name, "size": upload.size}
            audit.record(actor, "upload.add", f"upload:{upload.pk}", workspace_id, None, facts)
    except BaseException:
        default_storage.delete(upload.stored_as)
        raise
    return upload


def _plain(file_name: str) -> str:
    """What the sender called it, for people to read: no folders, nothing that does not print."""
    last = file_name.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if sign.isprintable())[:200]


def _delete(uploads: QuerySet[Upload]) -> None:
    """Rows in this transaction, files once it is committed."""
    names = [upload.stored_as for upload in uploads]
    uploads.delete()
    for name in names:
        transaction.on_commit(lambda name=name: default_storage.delete(name), robust=True)

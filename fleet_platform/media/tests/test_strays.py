"""Files that no row names are deleted once they are old; all others stay."""

import io
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from fleet_platform.media import strays, tasks
from fleet_platform.media.models import Upload
from fleet_platform.media.services import picture_upload
from fleet_platform.media.strays import SIGNS, strays_delete
from fleet_platform.shared.media import unguessable
from fleet_platform.tests.drawings import drawn

pytestmark = pytest.mark.django_db
DAY = 86_400


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def lay(media: Path, name: str, days: float, folder: str = "uploads") -> Path:
    """A file without a row, written so many days ago."""
    path = media / folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"picture")
    return aged(path, days)


def aged(path: Path, days: float) -> Path:
    moment = time.time() - days * DAY
    os.utime(path, (moment, moment))
    return path


def sweep() -> int:
    """As the worker does in the course of some days."""
    before = timezone.now() - tasks.KEEP
    return sum(strays_delete(sign=sign, before=before) for sign in SIGNS)


def left(media: Path) -> set[str]:
    return {path.name for path in media.rglob("*") if path.is_file()}


def stored(media: Path, upload: Upload) -> Path:
    return media / upload.stored_as


@pytest.fixture
def upload(actor_of, viewer):
    """`upload()`: a picture that was sent."""

    def sent() -> Upload:
        data = drawn()
        return picture_upload(actor=actor_of(viewer), file=io.BytesIO(data), size=len(data))

    return sent


def test_old_files_without_a_row_go_and_those_with_one_stay(media, upload):
    kept = upload()
    aged(stored(media, kept), 400)
    for _ in range(3):
        lay(media, unguessable(".png"), days=2)
    assert sweep() == 3
    assert left(media) == {kept.name}
    assert sweep() == 0


def test_an_upload_under_way_keeps_its_file(media, upload):
    """It is stored, its row is not yet committed."""
    coming = lay(media, unguessable(".png"), days=0.9)
    assert sweep() == 0
    Upload.objects.create(name=coming.name, purpose="sent", content_type="image/png", size=7)
    aged(coming, 30)
    assert sweep() == 0
    assert left(media) == {coming.name}


@pytest.mark.parametrize("name", ["README.txt", "plan.png", "a" * 32, ".hidden"])
def test_what_somebody_laid_there_by_hand_stays(media, name):
    lay(media, name, days=400)
    assert sweep() == 0
    assert left(media) == {name}


def test_other_folders_are_no_business_of_ours(media):
    lay(media, unguessable(".png"), days=400, folder="backup")
    assert sweep() == 0


def test_a_run_deletes_so_many_and_the_next_ones_the_rest(media, monkeypatch, upload):
    monkeypatch.setattr(strays, "CHUNK", 2)
    monkeypatch.setattr(strays, "MOST", 3)
    for _ in range(7):
        lay(media, "a" + unguessable(".png"), days=2)
    kept = []
    for _ in range(4):
        one = upload()
        old, one.name = stored(media, one), "a" + one.name[1:]
        one.save()
        kept.append(aged(old.rename(stored(media, one)), 2).name)
    before = timezone.now() - timedelta(days=1)
    runs = [strays_delete(sign="a", before=before) for _ in range(4)]
    assert runs == [3, 3, 1, 0]
    assert left(media) == set(kept)


def test_a_run_asks_the_database_once_a_chunk(media, django_assert_num_queries):
    for _ in range(20):
        lay(media, "a" + unguessable(".png"), days=2)
    with django_assert_num_queries(1):
        assert strays_delete(sign="a", before=timezone.now() - timedelta(days=1)) == 20


def test_nothing_stored_is_nothing_to_delete():
    assert sweep() == 0


def test_the_task_of_the_scheduler_looks_at_one_sign(media, settings):
    for sign in SIGNS:
        lay(media, sign + unguessable(".png"), days=2)
        lay(media, sign + unguessable(".png"), days=0.5)
    assert tasks.delete_strays() == 1
    assert len(left(media)) == 2 * len(SIGNS) - 1
    assert settings.CELERY_BEAT_SCHEDULE["strays"]["task"] == tasks.delete_strays.name

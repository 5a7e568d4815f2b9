"""A floor's plan and its scale."""

import os
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from fleet_platform.media.strays import SIGNS, strays_delete
from fleet_platform.shared.errors import Invalid
from robots.models import FloorMap, floor_image_name
from robots.services import floor_map_create

pytestmark = pytest.mark.django_db


def test_a_length_on_the_plan_is_told_in_metres_by_its_scale():
    assert FloorMap(metres_per_pixel=0.04).metres(100) == 4


def test_a_plan_without_scale_tells_no_metres():
    assert FloorMap().metres(100) is None


@pytest.mark.parametrize("scale", [0, -1, 1000])
def test_an_impossible_scale_is_refused_by_name(workspace, operator, actor_of, scale):
    with pytest.raises(Invalid) as refused:
        floor_map_create(
            actor=actor_of(operator),
            workspace_id=workspace.pk,
            map_id="1f",
            metres_per_pixel=scale,
        )
    assert list(refused.value.fields) == ["metres_per_pixel"]


def test_the_plan_of_a_floor_stays_and_one_that_no_floor_has_is_deleted(
    floor, operator, actor_of, tmp_path, django_capture_on_commit_callbacks
):
    storage, plan = floor.image.storage, floor.image.name
    died = storage.save(floor_image_name(floor, "plan.png"), ContentFile(b"never committed"))
    for name in (plan, died):
        os.utime(tmp_path / name, (0, 0))
    yesterday = timezone.now() - timedelta(days=1)
    assert sum(strays_delete(sign=sign, before=yesterday) for sign in SIGNS) == 1
    assert (storage.exists(plan), storage.exists(died)) == (True, False)

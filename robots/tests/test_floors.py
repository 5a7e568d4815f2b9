"""A floor's plan and its scale."""

import pytest

from fleet_platform.shared.errors import Invalid
from robots.models import FloorMap
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

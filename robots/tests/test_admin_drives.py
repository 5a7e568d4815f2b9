"""The console's list of drives: lengths and speeds in metres where the floor has a scale."""

import pytest

from accounts.tests.console import inside, url
from robots.models import Drive, FloorMap

pytestmark = pytest.mark.django_db


@pytest.fixture
def drive(robot) -> Drive:
    return Drive.objects.create(
        device=robot.device,
        start_us=1_795_261_125_000_000,
        end_us=1_795_261_225_000_000,
        time_us=100_000_000,
        distance=1_250_000,
        changed_us=0,
        map_id="hall_1f",
        average_speed=12.5,
        told=False,
    )


def test_a_drive_is_told_in_pixels_or_by_the_scale_of_its_floor_in_metres(admin, drive):
    page = inside(admin)
    told = page.get(url(Drive, "changelist")).content.decode()
    assert "1250.0 px" in told and "12.5 px/s" in told
    FloorMap.objects.create(
        workspace=drive.device.workspace, map_id="hall_1f", name="1F", metres_per_pixel=0.04
    )
    told = page.get(url(Drive, "changelist")).content.decode()
    assert "50.0 m" in told and "0.50 m/s" in told
    assert "50.0 m" in page.get(url(Drive, "change", drive.pk)).content.decode()

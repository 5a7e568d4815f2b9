"""Puts the roster in through the services. What is there stays as it is; only missing rows are added."""

from accounts.models import Device, Membership, User, Workspace
from accounts.principal import Actor
from accounts.roles import PlatformRole
from accounts.services import member_add, workspace_create
from fleet_platform.telemetry.models import Zone
from fleet_platform.telemetry.services import device_register
from fleet_platform.telemetry.simulation.floors import FLOORS, PIXELS_PER_METRE
from fleet_platform.telemetry.zones.services import zone_create
from robots.models import FloorMap, Robot
from robots.services import floor_map_create, place_create, robot_register, schedule_create

from . import floorplans, places, roster

SITE = "더현대서울"


def demo_seed(password: str) -> int:
    """How many people and devices were added. Everybody's password becomes `password`."""
    added = sum(_person(email, password) for email, _ in roster.ACCOUNTS)
    demo = _workspace(*roster.DEMO_WORKSPACE, owner=roster.OWNER)
    _workspace(*roster.OTHER_WORKSPACE, owner=roster.STRANGER)
    actor = _seeder(roster.OWNER)
    _members(actor, demo)
    _floors(actor, demo)
    added += _robots(actor, demo) + _devices(actor, demo)
    _places(actor, demo)  # after the robots, which hear of them
    _schedules(actor, demo)
    return added


def _person(email: str, password: str) -> bool:
    user = User.objects.filter(email=email).first()
    if user is None:
        User.objects.create_user(email, password, name=email.split("@")[0].title())
        return True
    if not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    return False


def _seeder(email: str) -> Actor:
    """The owner, with the right to make workspaces that only this command lends."""
    owner = User.objects.get(email=email)
    return Actor("user", owner.pk, owner.email, platform_role=PlatformRole.OWNER)


def _workspace(name: str, time_zone: str, *, owner: str) -> Workspace:
    """The workspace of this name that the account owns."""
    found = Workspace.objects.filter(name=name, memberships__user__email=owner).first()
    return found or workspace_create(actor=_seeder(owner), name=name, time_zone=time_zone)


def _members(actor: Actor, workspace: Workspace) -> None:
    there = set(
        Membership.objects.filter(workspace=workspace).values_list("user__email", flat=True)
    )
    for email, role in roster.MEMBERS.items():
        if email not in there:
            member_add(actor=actor, workspace_id=workspace.pk, email=email, roles=[role])


def _floors(actor: Actor, workspace: Workspace) -> None:
    there = set(FloorMap.objects.filter(workspace=workspace).values_list("map_id", flat=True))
    for order, floor in enumerate(FLOORS, 1):
        if floor.map_id not in there:
            floor_map_create(
                actor=actor,
                workspace_id=workspace.pk,
                map_id=floor.map_id,
                image=floorplans.draw(floor),
                site=SITE,
                name=floor.name,
                floor_order=order,
                metres_per_pixel=1 / PIXELS_PER_METRE,
            )


def _places(actor: Actor, workspace: Workspace) -> None:
    floors = FloorMap.objects.filter(
        workspace=workspace, map_id__in=[floor.map_id for floor in FLOORS]
    )
    zones = set(Zone.objects.filter(workspace=workspace).values_list("map_id", "name"))
    for floor in floors:
        for model, facts in places.on_floor(floor.map_id):
            code = model.editable[0]
            if not model.objects.filter(floor=floor, **{code: facts[code]}).exists():
                place_create(actor=actor, model=model, floor_id=floor.pk, **facts)
        for name, polygon in places.red_zones_on(floor.map_id).items():
            if (floor.map_id, name) not in zones:
                facts = {"name": name, "map_id": floor.map_id, "polygon": polygon}
                zone_create(actor=actor, workspace_id=workspace.pk, **facts)


def _schedules(actor: Actor, workspace: Workspace) -> None:
    """One robot of each floor shows visitors round on week days, unless the floor has any schedule."""
    floors = FloorMap.objects.filter(workspace=workspace, schedules=None)
    guides = {robot.floor: robot.robot_id for robot in reversed(roster.ROBOTS)}
    for floor in floors:
        if floor.name in guides:
            schedule_create(
                actor=actor,
                floor_id=floor.pk,
                title=places.ROUND,
                week_days=[1, 2, 3, 4, 5],
                robots=[guides[floor.name]],
                timers=places.rounds_on(floor.map_id),
            )


def _robots(actor: Actor, workspace: Workspace) -> int:
    there = set(Robot.objects.values_list("robot_id", flat=True))
    missing = [robot for robot in roster.ROBOTS if robot.robot_id not in there]
    for robot in missing:
        robot_register(
            actor=actor,
            workspace_id=workspace.pk,
            robot_id=robot.robot_id,
            name=robot.name,
            serial_number=robot.serial_number,
            factory_code=robot.factory_code,
            **robot.facts,
        )
    return len(missing)


def _devices(actor: Actor, workspace: Workspace) -> int:
    there = set(Device.objects.values_list("serial_number", flat=True))
    missing = [device for device in roster.DEVICES if device.serial_number not in there]
    for device in missing:
        device_register(
            actor=actor,
            workspace_id=workspace.pk,
            kind=device.kind,
            name=device.name,
            serial_number=device.serial_number,
        )
    return len(missing)

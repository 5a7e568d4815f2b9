"""The documents that say who somebody is and which robots are his: operations 6, 7 and 20.

The wire tells a person twice, at the top and as `loginProfile`, in slightly different keys. Here both come from
the same parts. No document has the wire's `password` and `hashed`. What the platform does not know is an empty text.
"""

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import Profile, User, Workspace
from accounts.roles import Role
from accounts.selectors import highest_role, profile_of
from fleet_platform.shared.media import absolute

from ..models import FloorMap, Robot, zone_named
from ..selectors import Holdings
from .serializers import object_id

ROLE_TEXTS = {Role.OWNER: "최고관리자", Role.ADMIN: "일반관리자"}


def role_text(user: User) -> str:
    """By the user's highest role in any workspace or on the platform."""
    return ROLE_TEXTS.get(highest_role(user), "user")


def is_administrator(user: User) -> bool:
    return highest_role(user) in ROLE_TEXTS


def user_document(user: User, holdings: Holdings) -> dict[str, Any]:
    """What /signin answers of a user."""
    profile = profile_of(user)
    return {
        **_person(user, profile, holdings),
        "addressDetail": profile.address_detail,
        "companyName": profile.company_name,
        "fullAddress": profile.full_address,
        "job": profile.job,
        "jobPosition": profile.job_position,
        "login": "",
        "success": True,
        "user": {"profile": {"name": user.name, "profile_img": profile.picture}},
        "zipCode": profile.zip_code,
    }


def owner_document(user: User, holdings: Holdings, others: list[User]) -> dict[str, Any]:
    """What /fcode-device answers of a robot's owner. `others`: who else belongs to the robot's workspace."""
    profile = profile_of(user)
    pictures = {"profile_img": profile.picture, "uploaded_profile_img": profile.picture}
    return {
        **_person(user, profile, holdings),
        "login": "1",
        "subUserIDs": [user_id(other) for other in others],
        "success": "1",
        "user": {"profile": {"name": user.name, **pictures}, "user_id": user_id(user)},
    }


def admin_document(user: User, holdings: Holdings) -> dict[str, Any]:
    """What /signin/Admin answers. `adminProfile` is JSON within a text, as on the wire."""
    profile = profile_of(user)
    told = _login_profile(user, profile, holdings)
    told["user"]["profile"]["owner_id"] = told["owner_id"]
    del told["managedRobots"]
    return {
        "_id": object_id(user.date_joined, user.pk),
        "email": user.email,
        "role": role_text(user),
        "phoneNumber": user.phone_number,
        "adminName": user.name,
        "adminId": user_id(user),
        "createAt": _created_text(user.date_joined, holdings.workspace),
        "adminProfile": json.dumps(told, ensure_ascii=False),
    }


def user_id(user: User) -> str:
    return object_id(user.date_joined, user.pk)["$oid"]


def _person(user: User, profile: Profile, holdings: Holdings) -> dict[str, Any]:
    """The keys that the documents of users and owners share."""
    owner_id = _workspace_id(holdings.workspace)
    robots, map_ids = holdings.robots, holdings.map_ids
    return {
        "_id": object_id(user.date_joined, user.pk),
        "createAt": _created_text(user.date_joined, holdings.workspace),
        "email": user.email,
        "group_info": _group(holdings.workspace),
        "loginProfile": _login_profile(user, profile, holdings),
        "managedRobotIds": [_robot_id(robot) for robot in robots],
        "managedRobots": [_managed(robot) for robot in robots],
        "map_list": [_map(floor) for floor in holdings.floors],
        "owner_id": owner_id,
        "phoneNumber": user.phone_number,
        "robot_list": [{**_listed(robot, map_ids), "oid": _robot_id(robot)} for robot in robots],
        "role": role_text(user),
        "site_id": owner_id,
        "userName": user.name,
    }


def _login_profile(user: User, profile: Profile, holdings: Holdings) -> dict[str, Any]:
    robots = holdings.robots
    return {
        "group_info": _group(holdings.workspace),
        "login": 1,
        "managedRobots": [_managed_at_login(robot) for robot in robots],
        "map_list": [_map(floor) for floor in holdings.floors],
        "owner_id": _workspace_id(holdings.workspace),
        "robot_list": [_listed(robot, holdings.map_ids) for robot in robots],
        "success": 1,
        "user": {
            "profile": {"name": user.name, "profile_img": profile.picture},
            "user_id": user_id(user),
        },
    }


def _group(workspace: Workspace | None) -> dict[str, str]:
    if workspace is None:
        return {"address": "", "name": "", "profile_img": ""}
    return {
        "address": workspace.address,
        "name": workspace.name,
        "profile_img": workspace.picture,
    }


def _managed_at_login(robot: Robot) -> dict[str, Any]:
    profile = _robot_profile(robot)
    return {
        "_id": {"$oid": _robot_id(robot)},
        "profile": profile,
        "profile_id": profile["_id"]["$oid"],
        "serialNum": robot.device.serial_number or "",
    }


def _managed(robot: Robot) -> dict[str, Any]:
    """The same robot at the top of the document: there the profile is a list, and its keys stand beside it too."""
    profile = _robot_profile(robot)
    created = f"{robot.device.created_at.astimezone(robot.zone):%Y-%m-%d}"
    outside = {key: value for key, value in profile.items() if key != "_id"}
    return {
        "_id": {"$oid": _robot_id(robot)},
        "agentID": robot.real_robot_id,
        "createAt": created,
        "profile": [{**profile, "createAt": created}],
        "profile_id": profile["_id"]["$oid"],
        **outside,
    }


def _robot_profile(robot: Robot) -> dict[str, Any]:
    """How a robot is shown. The wire keeps it in a collection of its own; here the device's row stands for it."""
    return {
        "_id": object_id(robot.device.created_at, robot.device_id),
        "alias": robot.device.name,
        "location_id": robot.location_code,
        "model_id": robot.model_code,
        "offStateCustomImgUrl": absolute(robot.custom_image_off or robot.model_image_off),
        "onStateCustomImgUrl": absolute(robot.custom_image_on or robot.model_image_on),
    }


def _listed(robot: Robot, map_ids) -> dict[str, Any]:
    return {
        "map_id": map_ids.get(robot.device_id, ""),
        "port": "" if robot.port is None else robot.port,
        "robot_id": robot.robot_id,
    }


def _map(floor: FloorMap) -> dict[str, str]:
    name = " ".join(part for part in (floor.site, floor.name) if part)
    return {"id": floor.map_id, "name": name or floor.map_id}


def _robot_id(robot: Robot) -> str:
    return object_id(robot.device.created_at, robot.pk)["$oid"]


def _workspace_id(workspace: Workspace | None) -> str:
    return object_id(workspace.created_at, workspace.pk)["$oid"] if workspace else ""


def _created_text(created_at: datetime, workspace: Workspace | None) -> str:
    """`2023-02-10 14:15:44` in the workspace's time zone, UTC without one."""
    zone = zone_named(workspace.time_zone) if workspace else ZoneInfo("UTC")
    return f"{created_at.astimezone(zone):%Y-%m-%d %H:%M:%S}"

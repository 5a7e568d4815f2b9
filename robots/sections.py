"""FlyingLet's 16 stream sections, field by field: the one table behind ingest, serializer, black box and docs.

Names, spelling (`staus_idx`, `timstamp`, `avaliable`) and order are those of the wire. Ids may be numbers or texts:
clients of this API have always sent both (`37478894.0`, `"1"`). `pose` is the platform's own addition: where a robot
is on its map.
"""

from dataclasses import dataclass, field

from fleet_platform.telemetry.kinds import Anything, Number, NumberOrText, Section, Text

Id = NumberOrText
Moment = NumberOrText | bool  # a time never set is `false` on this wire
Choice = NumberOrText | bool
Name = Text(200)
Pixels = Number(-1_000_000, 1_000_000)
Degrees = Number(-360, 360)
Speed = Number(-50, 50)
Amount = Number(0, 1e12)
Count = Number(0, 1e12) | Text(32)
Period = Number(-1e12, 1e12)


@dataclass(frozen=True)
class StreamSection:
    """`from_robot`: a log that robots send; the others are reference tables that operators edit."""

    check: Section
    from_robot: bool
    keys: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", tuple(self.check.fields))


def _log(summary: str, **fields) -> StreamSection:
    return StreamSection(Section(fields, summary), from_robot=True)


def _reference(summary: str, **fields) -> StreamSection:
    return StreamSection(Section(fields, summary), from_robot=False)


STREAM_SECTIONS: dict[str, StreamSection] = {
    "covid_info": _log(
        "One person measured: temperature and mask, where and when.",
        idx=Id,
        robot_id=Name,
        map_id=Name,
        store_id=Id,
        position_x=Pixels,
        position_y=Pixels,
        rotate=Degrees,
        location_desc=Text(),
        temp=Number(-50, 100),
        mask_flag=Choice,
        image=Text(),
        timstamp=Moment,
        year=Number(0, 9999),
        month=Number(0, 12),
        date=NumberOrText,
        week_day=NumberOrText,
        hour=Number(0, 24),
        timestamp=Moment,
        day=NumberOrText,
        day_of_week=NumberOrText,
        description=Text(),
        route_log_id=Id,
        lap_log_id=Id,
        section_log_id=Id,
        status=Choice,
    ),
    "drive_section_log": _log(
        "One section of a lap: between two way points.",
        section_log_id=Id,
        robot_id=Name,
        drive_time_id=Id,
        route_log_id=Id,
        lap_log_id=Id,
        current_index=Number(),
        start_timestamp=Moment,
        end_timestamp=Moment,
        drive_time=Amount,
        drive_distance=Amount,
        resource=Anything,
        update_at=Moment,
    ),
    "lap_drive_log": _log(
        "One lap of a route.",
        lap_log_id=Id,
        route_log_id=Id,
        repetition=Number(),
        drive_time=Amount,
        drive_distance=Amount,
        resource=Anything,
        start_timestamp=Moment,
        end_timestamp=Moment,
        update_at=Moment,
        robot_id=Name,
    ),
    "map_store": _reference(
        "A shop on a map, with its outline.",
        idx=Id,
        map_idx=Id,
        map_id=Name,
        store_id=Id,
        store_name=Text(),
        center_x=Pixels,
        center_y=Pixels,
        bound=Anything,
    ),
    "notification_token": _reference(
        "A person's way to be told of alarms: `token` is a handle of it, `group_id` the workspace.",
        id=Id,
        token=Text(),
        group_id=Id,
        invalid=Choice,
        user_agent=Text(),
        checked_at=Moment,
    ),
    "red_zone": _reference(
        "A zone that robots must not enter.",
        id=Id,
        map_id=Name,
        name=Text(),
        state=Choice,
        creator=Id,
        points=Anything,
        update_at=Moment,
        color=Text(),
    ),
    "robot_base_status": _log(
        "The heartbeat: speed, battery, network, what the robot is doing and on which map.",
        staus_idx=Id,
        robot_id=Name,
        speed=Speed,
        battery=Number(0, 100),
        network=Text(),
        drive_status=Text(),
        current_way_point_id=Id,
        map_id=Name,
        timestamp=Moment,
    ),
    "robot_drive_info": _log(
        "One drive from start to end, with its speeds and the robot's totals.",
        drive_idx=Id,
        robot_id=Name,
        robot_idx=Id,
        start_time_stamp=Moment,
        start_year=Number(0, 9999),
        start_month=Number(0, 12),
        start_date=NumberOrText,
        start_week_day=NumberOrText,
        start_time=Moment,
        end_time_stamp=Moment,
        end_time=Moment,
        drive_time=Amount,
        drive_distance=Amount,
        average_speed=Speed,
        max_speed=Speed,
        min_speed=Speed,
        total_distance=Amount,
        total_time=Amount,
        map_id=Name,
    ),
    "robot_info": _reference(
        "A robot as its maker registered it.",
        idx=Id,
        mac_address=Text(),
        name=Text(),
        hw_ver=NumberOrText,
        sw_ver=NumberOrText,
        access_scope=NumberOrText,
        owner=Id,
        type=NumberOrText,
        update_at=Moment,
        delete_at=Moment,
    ),
    "robot_region": _reference(
        "A rectangle on a map in which traffic is counted.",
        traffic_idx=Id,
        region_id=Id,
        map_id=Name,
        position_x=Pixels,
        position_y=Pixels,
        width=Pixels,
        height=Pixels,
    ),
    "route_drive_log": _log(
        "One run of a route of way points.",
        route_log_id=Id,
        way_point_id=Id,
        robot_id=Name,
        drive_time=Amount,
        drive_distance=Amount,
        start_timestamp=Moment,
        end_timestamp=Moment,
        resource=Anything,
        update_at=Moment,
        map_id=Name,
        way_point_repetition=Number(),
    ),
    "schedule": _reference(
        "When which robots drive, with the timer that is due.",
        index=Id,
        id=Id,
        map_id=Name,
        title=Text(),
        state=Choice,
        week_days=Anything,
        robots=Anything,
        update_at=Moment,
        cron_format=Text(),
        timezone=Text(),
        timer_timer_index=Id,
        timer_index=Id,
        timer_order_weight=Number(),
        timer_hours=Number(0, 24),
        timer_minutes=Number(0, 60),
        timer_repeats=Number(),
        timer_path_id=Id,
        timer_go_charger=Choice,
        timer_update_at=Moment,
        timer_cron_format=Text(),
    ),
    "schedule_timer": _reference(
        "One timer of a schedule.",
        index=Id,
        schedule_index=Id,
        order_weight=Number(),
        hours=Number(0, 24),
        minutes=Number(0, 60),
        repeats=Number(),
        path_id=Id,
        go_charger=Choice,
        update_at=Moment,
        cron_format=Text(),
    ),
    "traffic_count": _log(
        "People who passed in an hour.",
        id=Id,
        robot_id=Name,
        map_id=Name,
        count=Count,
        start_utc_hours=NumberOrText,
        start_timestamp=Moment,
        month=Number(0, 12),
        weekOfDay=NumberOrText,
        hour=Number(0, 24),
        update_at=Moment,
        add_count=Count,
    ),
    "visitor_count": _log(
        "People who stopped at the robot, for how long and where.",
        id=Id,
        robot_id=Name,
        map_id=Name,
        count=Count,
        duration=Amount,
        start_timestamp=Moment,
        update_at=Moment,
        day_of_week=NumberOrText,
        hour=Number(0, 24),
        route_log_id=Id,
        lap_log_id=Id,
        section_log_id=Id,
        position=Anything,
    ),
    "way_point_list": _reference(
        "A route: named way points on a map.",
        idx=Id,
        way_point_id=Id,
        name=Text(),
        map_id=Name,
        version=NumberOrText,
        points=Anything,
        update_at=Moment,
        drive_distance=Amount,
        drive_time=Amount,
        id_color=NumberOrText,
        avaliable=Choice,
    ),
}

POSE = Section(
    {
        "x": Pixels,
        "y": Pixels,
        "rotate": Degrees,
        "map_id": Name,
        "store_id": Id,
        "drive_status": Text(),
        "traffic": Count,
    },
    "Where the robot is: map pixels (x to the right, y down) and degrees.",
)

SENT_BY_ROBOTS: dict[str, Section] = {
    "pose": POSE,
    **{name: section.check for name, section in STREAM_SECTIONS.items() if section.from_robot},
}

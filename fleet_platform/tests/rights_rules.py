"""Who may do what, row by row: the table that test_rights_matrix.py performs.

A row is method and route -> the status for each of ACTORS in their order. A route without a row fails the matrix.
`{name}` in a body or query stands for a row of the home workspace; test_rights_matrix.World knows the names.
"""

from dataclasses import dataclass, field

ACTORS = (
    "anonymous",
    "stranger",
    "viewer",
    "operator",
    "admin",
    "owner",
    "foreign_device",
    "own_device",
    "platform_owner",
)


@dataclass(frozen=True)
class Rule:
    """`expected`: one status per actor. `by_id`: it names a row, so strangers must get what a missing one gets."""

    expected: str
    body: dict | None = None
    query: str = ""
    by_id: bool = True
    form: bool = False
    file: bool = False  # a form with a picture
    kwargs: dict = field(default_factory=dict)

    def status(self, actor: str) -> int:
        return int(self.expected.split()[ACTORS.index(actor)])


def everybody(status: int, **options) -> Rule:
    """Open to all, or closed to all: no row is named."""
    return Rule(" ".join([str(status)] * len(ACTORS)), by_id=False, **options)


def listing(expected: str, **options) -> Rule:
    return Rule(expected, by_id=False, **options)


SPAN = {"from_date": "2026-01-01", "to_date": "2026-01-02"}
MILLISECONDS = {"start_timestamp": 1767225600000, "end_timestamp": 1767312000000}
SAMPLE = {"time": 1767225600, "seq": 1, "sections": {"pose": {"x": 1, "y": 2}}}
TRIANGLE = [[0, 0], [9, 0], [0, 9]]

#                      anon str view oper adm own fdev dev plat
SEE = "                401 404 200 200 200 200 404 200 200"
SEE_LIST = "           401 200 200 200 200 200 200 200 200"
SEE_NO_DEVICE = "      401 404 200 200 200 200 404 404 200"
OPERATE = "            401 404 403 200 200 200 404 404 200"
MANAGE = "             401 404 403 403 200 200 404 404 200"
VIEWERS_OWN = "        401 404 200 404 404 404 404 404 404"
PAGE = "               302 404 200 200 200 200 302 302 200"

RULES: dict[tuple[str, str], Rule] = {
    # --- fleet API: identity ---
    ("POST", "api/fleet/device-token"): everybody(200, body={"device": "{serial}", "secret": "{secret}"}),
    ("POST", "api/fleet/devices/<id:device_id>/rotate-secret"): Rule(OPERATE),
    ("GET", "api/fleet/me"): listing(SEE_LIST),
    ("POST", "api/fleet/me/password"): listing(
        "401 204 204 204 204 204 403 403 204",
        body={"old_password": "{password}", "new_password": "a longer and better one"},
    ),
    ("POST", "api/fleet/live-ticket"): listing(SEE_LIST),
    ("GET", "api/fleet/workspaces"): listing(SEE_LIST),
    ("POST", "api/fleet/workspaces"): listing("401 403 403 403 403 403 403 403 201", body={"name": "New"}),
    ("GET", "api/fleet/workspaces/<id:workspace_id>"): Rule(SEE_NO_DEVICE),
    ("PATCH", "api/fleet/workspaces/<id:workspace_id>"): Rule(MANAGE, body={"name": "Renamed"}),
    ("GET", "api/fleet/workspaces/<id:workspace_id>/members"): Rule(SEE_NO_DEVICE),
    ("POST", "api/fleet/workspaces/<id:workspace_id>/members"): Rule(
        MANAGE.replace("200", "201"), body={"email": "{newcomer_email}", "roles": ["viewer"]}
    ),
    ("PUT", "api/fleet/workspaces/<id:workspace_id>/members/<id:user_id>"): Rule(
        MANAGE, body={"roles": ["operator"]}
    ),
    ("DELETE", "api/fleet/workspaces/<id:workspace_id>/members/<id:user_id>"): Rule(
        MANAGE.replace("200", "204")
    ),
    # --- fleet API: devices ---
    ("POST", "api/fleet/telemetry"): listing(
        "401 403 403 403 403 403 200 200 403", body={"samples": [SAMPLE]}
    ),
    ("GET", "api/fleet/devices"): listing(SEE_LIST),
    ("POST", "api/fleet/devices"): Rule(
        OPERATE.replace("200", "201"),
        body={"workspace_id": "{workspace_id}", "kind": "robot", "name": "New"},
    ),
    ("GET", "api/fleet/devices/<id:device_id>"): Rule(SEE),
    ("PATCH", "api/fleet/devices/<id:device_id>"): Rule(OPERATE, body={"name": "Renamed"}),
    ("DELETE", "api/fleet/devices/<id:device_id>"): Rule(MANAGE.replace("200", "204")),
    ("GET", "api/fleet/devices/<id:device_id>/telemetry"): Rule(SEE),
    ("GET", "api/fleet/devices/<id:device_id>/export"): Rule(SEE),
    # --- fleet API: zones ---
    ("GET", "api/fleet/zones"): listing(SEE_LIST),
    ("POST", "api/fleet/zones"): Rule(
        OPERATE.replace("200", "201"),
        body={"workspace_id": "{workspace_id}", "name": "New", "map_id": "1f", "polygon": TRIANGLE},
    ),
    ("GET", "api/fleet/zones/<id:zone_id>"): Rule(SEE),
    ("PATCH", "api/fleet/zones/<id:zone_id>"): Rule(OPERATE, body={"name": "Renamed"}),
    ("DELETE", "api/fleet/zones/<id:zone_id>"): Rule(OPERATE.replace("200", "204")),
    # --- fleet API: commands ---
    ("GET", "api/fleet/devices/<id:device_id>/commands"): Rule(SEE),
    ("POST", "api/fleet/devices/<id:device_id>/commands"): Rule(
        OPERATE.replace("200", "201"), body={"name": "locate"}
    ),
    ("GET", "api/fleet/commands/<id:command_id>"): Rule(SEE),
    ("POST", "api/fleet/commands/<id:command_id>/cancel"): Rule(OPERATE),
    ("POST", "api/fleet/commands/<id:command_id>/reply"): Rule(
        "401 404 403 403 403 403 404 200 403", body={"state": "accepted"}
    ),
    ("POST", "api/fleet/workspaces/<id:workspace_id>/stop-all"): Rule(OPERATE.replace("200", "201")),
    # --- fleet API: places ---
    ("GET", "api/fleet/floors"): listing(SEE_LIST),
    ("GET", "api/fleet/floors/<id:floor_id>"): Rule(SEE),
    ("GET", "api/fleet/floors/<id:floor_id>/image"): Rule(SEE),
    ("POST", "api/fleet/floors/<id:floor_id>/stores"): Rule(
        OPERATE.replace("200", "201"),
        body={"store_id": "2", "name": "New", "polygon": [[0, 0], [8, 0], [8, 8]]},
    ),
    ("GET", "api/fleet/stores/<id:store_id>"): Rule(SEE),
    ("PATCH", "api/fleet/stores/<id:store_id>"): Rule(OPERATE, body={"name": "Renamed"}),
    ("DELETE", "api/fleet/stores/<id:store_id>"): Rule(OPERATE.replace("200", "204")),
    ("POST", "api/fleet/floors/<id:floor_id>/regions"): Rule(
        OPERATE.replace("200", "201"),
        body={"region_id": "2", "x": 0, "y": 0, "width": 8, "height": 8},
    ),
    ("GET", "api/fleet/regions/<id:region_id>"): Rule(SEE),
    ("PATCH", "api/fleet/regions/<id:region_id>"): Rule(OPERATE, body={"name": "Renamed"}),
    ("DELETE", "api/fleet/regions/<id:region_id>"): Rule(OPERATE.replace("200", "204")),
    ("POST", "api/fleet/floors/<id:floor_id>/way-points"): Rule(
        OPERATE.replace("200", "201"),
        body={"way_point_id": "2", "name": "New", "points": [{"x": 0, "y": 0}, {"x": 8, "y": 8}]},
    ),
    ("GET", "api/fleet/way-points/<id:way_points_id>"): Rule(SEE),
    ("PATCH", "api/fleet/way-points/<id:way_points_id>"): Rule(OPERATE, body={"name": "Renamed"}),
    ("DELETE", "api/fleet/way-points/<id:way_points_id>"): Rule(OPERATE.replace("200", "204")),
    # --- fleet API: schedules ---
    ("GET", "api/fleet/schedules"): listing(SEE_LIST),
    ("POST", "api/fleet/schedules"): Rule(
        OPERATE.replace("200", "201"), body={"floor_id": "{floor_id}", "title": "New"}
    ),
    ("POST", "api/fleet/schedules/preview"): listing(
        SEE_LIST, body={"time_zone": "UTC", "timers": [{"hours": 9, "minutes": 0}]}
    ),  # reckoned from what it is given: nothing of anybody's in it
    ("GET", "api/fleet/schedules/<id:schedule_id>"): Rule(SEE_NO_DEVICE),
    ("PATCH", "api/fleet/schedules/<id:schedule_id>"): Rule(OPERATE, body={"title": "Renamed"}),
    ("DELETE", "api/fleet/schedules/<id:schedule_id>"): Rule(OPERATE.replace("200", "204")),
    ("POST", "api/fleet/schedules/<id:schedule_id>/run"): Rule(OPERATE.replace("200", "201")),
    ("GET", "api/fleet/schedules/<id:schedule_id>/runs"): Rule(SEE_NO_DEVICE),
    # --- fleet API: alarms ---
    ("GET", "api/fleet/alarms"): listing(SEE_LIST),
    ("POST", "api/fleet/alarms/acknowledge"): listing(
        "401 200 403 200 200 200 200 200 200", body={"ids": ["{alarm_id}"]}
    ),
    ("GET", "api/fleet/alarms/<id:alarm_id>"): Rule(SEE_NO_DEVICE),
    ("POST", "api/fleet/alarms/<id:alarm_id>/acknowledge"): Rule(OPERATE, body={"note": "seen"}),
    ("POST", "api/fleet/alarms/<id:alarm_id>/clear"): Rule(OPERATE),
    # --- fleet API: what is derived from samples ---
    ("GET", "api/fleet/devices/<id:device_id>/drives"): Rule(SEE),
    ("GET", "api/fleet/devices/<id:device_id>/visitors"): Rule(SEE),
    ("GET", "api/fleet/floors/<id:floor_id>/traffic"): Rule(SEE),
    ("GET", "api/fleet/floors/<id:floor_id>/heat"): Rule(SEE),
    ("GET", "api/fleet/devices/<id:device_id>/photos"): Rule(SEE),
    ("GET", "api/fleet/devices/<id:device_id>/status-changes"): Rule(SEE, query="field=pose.drive_status"),
    # --- fleet API: notification channels: the one of the rules is the viewer's ---
    ("GET", "api/fleet/me/channels"): listing(SEE_LIST),
    ("POST", "api/fleet/me/channels"): listing(
        "401 201 201 201 201 201 403 403 201",
        body={"kind": "webhook", "address": "https://hooks.example/x"},
    ),
    ("GET", "api/fleet/me/channels/<id:channel_id>"): Rule(VIEWERS_OWN),
    ("PATCH", "api/fleet/me/channels/<id:channel_id>"): Rule(VIEWERS_OWN, body={"on_clear": True}),
    ("DELETE", "api/fleet/me/channels/<id:channel_id>"): Rule(VIEWERS_OWN.replace("200", "204")),
    ("POST", "api/fleet/me/channels/<id:channel_id>/rotate-secret"): Rule(VIEWERS_OWN),
    ("POST", "api/fleet/me/channels/<id:channel_id>/test"): Rule(VIEWERS_OWN),
    ("POST", "api/fleet/me/channels/<id:channel_id>/verify"): Rule(
        VIEWERS_OWN, body={"token": "{channel_token}"}
    ),
    # --- FlyingLet ---
    ("POST", "login"): everybody(200, body={"email": "{viewer_email}", "password": "{password}"}),
    ("GET", "refresh"): everybody(401),  # an access token is none to refresh with
    ("POST", "signin"): everybody(200, body={"email": "{newcomer_email}", "password": "{password}"}),
    ("POST", "signin/Admin"): everybody(
        403, body={"email": "{newcomer_email}", "password": "{password}"}
    ),
    ("POST", "check_password"): everybody(
        200, body={"email": "{viewer_email}", "password": "{password}"}
    ),
    ("POST", "dupcheck/<str:collection>/<str:field>"): everybody(200, body={"email": "{viewer_email}"}),
    ("POST", "signup"): everybody(
        201, body={"email": "new@test.example", "password": "{password}"}
    ),
    ("POST", "signup/Admin"): listing(
        "401 403 403 403 403 403 403 403 201",
        body={"email": "new@test.example", "password": "{password}", "role": "일반관리자"},
    ),
    ("POST", "sms"): everybody(200, body={"email": "{viewer_email}", "phoneNumber": "01012345678"}),
    ("POST", "email"): everybody(200, body={"email": "{viewer_email}"}),
    ("POST", "codecheck"): everybody(200, body={"email": "{viewer_email}", "certCode": "123456"}),
    ("POST", "update/password"): everybody(200, body={"email": "{viewer_email}"}),
    ("PATCH", "update/password"): everybody(200, body={"email": "{viewer_email}"}),
    ("POST", "signin-device"): everybody(200, body={"fCode": "{serial}", "secretKey": "{secret}"}),
    ("GET", "Registry/robot_id/<str:robot_id>"): Rule(SEE),
    ("POST", "send-device-certi"): everybody(200, body={"fCode": "{serial}", "secretKey": "{secret}"}),
    ("PATCH", "send-device-certi"): everybody(200, body={"fCode": "{serial}", "secretKey": "{secret}"}),
    ("POST", "check-device"): Rule(SEE, body={"fCode": "{factory_code}"}),
    ("PATCH", "check-device"): Rule(SEE, body={"fCode": "{factory_code}"}),
    ("POST", "fcode-device"): Rule(SEE, body={"fCode": "{factory_code}"}),
    ("POST", "chip_sn"): Rule(SEE_LIST, body={"sn": "{chip}"}),  # 200 {"authentication": false} for strangers
    ("GET", "stream"): listing(SEE_LIST),
    ("GET", "stream/robot"): Rule(SEE, query="robot_id={robot_id}"),
    ("POST", "upload"): listing(SEE_LIST.replace("200", "201"), file=True),
    ("POST", "blackbox"): Rule(SEE, body={"robot_id": "{robot_id}", **SPAN}),
    ("POST", "photolog"): Rule("401 404 403 201 201 201 404 201 201", body={"robot_id": "{robot_id}"}),
    ("GET", "photolog/list"): Rule(
        SEE, query="robot_id={robot_id}&start_timestamp=1767225600000&end_timestamp=1767312000000"
    ),
    ("POST", "photolog/list"): Rule(SEE, body={"robot_id": "{robot_id}", **MILLISECONDS}),
    # --- pages: a device has no browser session ---
    ("GET", ""): listing(PAGE.replace("404", "200")),
    ("GET", "alerts/"): listing(PAGE.replace("404", "200")),
    ("GET", "schedules/"): listing(PAGE.replace("404", "200")),
    ("GET", "devices/<int:device_id>/"): Rule(PAGE.replace("200", "302")),  # to the robot's own page
    ("GET", "robots/<int:device_id>/"): Rule(PAGE),
    ("GET", "sites/<int:workspace_id>/floors/<path:map_id>/"): Rule(PAGE),
    ("GET", "login/"): listing("200 302 302 302 302 302 200 200 302"),
    ("POST", "login/"): everybody(
        302, body={"email": "{viewer_email}", "password": "{password}"}, form=True
    ),
    ("GET", "login/forgotten"): listing("200 302 302 302 302 302 200 200 302"),
    ("POST", "login/forgotten"): listing(
        "200 302 302 302 302 302 200 200 302", body={"email": "{viewer_email}"}, form=True
    ),
    ("POST", "logout/"): everybody(302, form=True),
    ("GET", "settings/"): listing(PAGE.replace("404", "200")),
    ("POST", "settings/language"): everybody(302, body={"language": "en"}, form=True),
    ("GET", "settings/password"): listing(PAGE.replace("404", "200")),
    ("POST", "settings/password"): listing(
        "302 302 302 302 302 302 302 302 302",
        body={
            "old_password": "{password}",
            "new_password": "a longer and better one",
            "again": "a longer and better one",
        },
        form=True,
    ),
    ("POST", "settings/theme"): everybody(302, body={"theme": "dark"}, form=True),
    # --- open to everybody: nothing of anybody's in them ---
    ("GET", "uploads/<str:name>"): everybody(200),  # whoever knows the name: it cannot be guessed
    ("POST", "i18n/setlang/"): everybody(302, body={"language": "en"}, form=True),
    ("GET", "jsi18n/"): everybody(200),
    ("GET", "api/schema"): everybody(200),
    ("GET", "api/docs"): everybody(200),
    ("GET", "healthz"): everybody(200),
    ("GET", "readyz"): everybody(200),
    ("GET", "metrics"): everybody(200),
}  # fmt: skip

# Urls that have no row above, with the reason.
ELSEWHERE = {
    "admin/": "the console is tried as one, every model and page of it: see `the console` in the matrix",
}
ANY_METHOD = {
    "i18n/setlang/": "Django's own: leads back whatever the method, and sets a cookie on POST alone",
}

# --- /ws/live: what each actor gets for a topic of the home workspace ---
#                      anon str view oper adm own fdev dev plat
TOPICS = {
    "device": "        4401 not_found ok ok ok ok not_found ok ok",
    "robot": "         4401 not_found ok ok ok ok not_found ok ok",
    "workspace": "     4401 not_found ok ok ok ok not_found not_found ok",
    "alarms": "        4401 not_found ok ok ok ok not_found not_found ok",
    "commands": "      4401 not_found ok ok ok ok not_found not_found ok",
}

# --- websockets: how each actor is met ---
SOCKETS = {
    "ws/live": "       4401 ok ok ok ok ok ok ok ok",
    "ws/device": "     4401 4403 4403 4403 4403 4403 ok ok 4403",
    "<path:rest>": "   4404 4404 4404 4404 4404 4404 4404 4404 4404",
    "": "              4404 4404 4404 4404 4404 4404 4404 4404 4404",
}

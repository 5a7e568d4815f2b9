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

#                      anon str view oper adm own fdev dev plat
SEE = "                401 404 200 200 200 200 404 200 200"
SEE_LIST = "           401 200 200 200 200 200 200 200 200"
SEE_NO_DEVICE = "      401 404 200 200 200 200 404 404 200"
OPERATE = "            401 404 403 200 200 200 404 404 200"
MANAGE = "             401 404 403 403 200 200 404 404 200"
PAGE = "               302 404 200 200 200 200 302 302 200"

RULES: dict[tuple[str, str], Rule] = {
    # --- fleet API: identity ---
    ("POST", "api/fleet/device-token"): everybody(200, body={"device": "{serial}", "secret": "{secret}"}),
    ("POST", "api/fleet/devices/<id:device_id>/rotate-secret"): Rule(OPERATE),
    ("GET", "api/fleet/me"): listing(SEE_LIST),
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
    # --- FlyingLet ---
    ("POST", "login"): everybody(200, body={"email": "{viewer_email}", "password": "{password}"}),
    ("GET", "refresh"): everybody(401),  # an access token is none to refresh with
    ("POST", "signin-device"): everybody(200, body={"fCode": "{serial}", "secretKey": "{secret}"}),
    ("GET", "Registry/robot_id/<str:robot_id>"): Rule(SEE),
    ("GET", "stream"): listing(SEE_LIST),
    ("GET", "stream/robot"): Rule(SEE, query="robot_id={robot_id}"),
    ("POST", "blackbox"): Rule(SEE, body={"robot_id": "{robot_id}", **SPAN}),
    ("POST", "photolog"): Rule("401 404 403 201 201 201 404 201 201", body={"robot_id": "{robot_id}"}),
    ("GET", "photolog/list"): Rule(
        SEE, query="robot_id={robot_id}&start_timestamp=1767225600000&end_timestamp=1767312000000"
    ),
    ("POST", "photolog/list"): Rule(SEE, body={"robot_id": "{robot_id}", **MILLISECONDS}),
    # --- pages: a device has no browser session ---
    ("GET", ""): listing(PAGE.replace("404", "200")),
    ("GET", "devices/<int:device_id>/"): Rule(PAGE.replace("200", "302")),  # to the robot's own page
    ("GET", "robots/<int:device_id>/"): Rule(PAGE),
    ("GET", "robots/floors/<int:floor_id>/image"): Rule(PAGE),
    ("GET", "login/"): listing("200 302 302 302 302 302 200 200 302"),
    ("POST", "login/"): everybody(
        302, body={"email": "{viewer_email}", "password": "{password}"}, form=True
    ),
    ("POST", "logout/"): everybody(302, form=True),
    ("POST", "settings/theme"): everybody(302, body={"theme": "dark"}, form=True),
    # --- open to everybody: nothing of anybody's in them ---
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
}

# --- websockets: how each actor is met ---
SOCKETS = {
    "ws/live": "       4401 ok ok ok ok ok ok ok ok",
    "ws/device": "     4401 4403 4403 4403 4403 4403 ok ok 4403",
    "<path:rest>": "   4404 4404 4404 4404 4404 4404 4404 4404 4404",
    "": "              4404 4404 4404 4404 4404 4404 4404 4404 4404",
}

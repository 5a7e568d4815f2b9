"""Who and what the demo has. Serial numbers of simulated devices begin with SIM-."""

from dataclasses import dataclass, field

from accounts.roles import Role

DEMO_WORKSPACE = ("Demo", "Asia/Seoul")
OTHER_WORKSPACE = ("Other", "UTC")
DOMAIN = "demo.example"
OWNER, OPERATOR, STRANGER = f"owner@{DOMAIN}", f"operator@{DOMAIN}", f"stranger@{DOMAIN}"
MEMBERS = {
    OWNER: Role.OWNER,
    f"admin@{DOMAIN}": Role.ADMIN,
    OPERATOR: Role.OPERATOR,
    f"viewer@{DOMAIN}": Role.VIEWER,
    f"guardian@{DOMAIN}": Role.GUARDIAN,
    f"clinician@{DOMAIN}": Role.CLINICIAN,
}
ACCOUNTS = [
    *((email, role.value) for email, role in MEMBERS.items()),
    (STRANGER, "owner of another workspace"),
]


@dataclass(frozen=True)
class DemoDevice:
    kind: str
    name: str
    serial_number: str


@dataclass(frozen=True)
class DemoRobot:
    robot_id: str
    name: str
    serial_number: str
    factory_code: str
    floor: str
    facts: dict = field(default_factory=dict)


def _cubrick(number: int, floor: str) -> DemoRobot:
    return DemoRobot(
        robot_id=f"robot_cubrick_{number:02d}_v2",
        name=f"더현대큐브릭{number}",
        serial_number=f"SIM-{floor}-CUB{number:02d}",
        factory_code=f"INTE-CUB-04184-0123{number:02d}-00000",
        floor=floor,
        facts={
            "device_number": str(number),
            "chip_serial": f"0x42fc32{number:02x}",
            "manufacturer": "INTEGRIT",
            "manufacturer_code": "INTE",
            "product_name": "CUBRICK",
            "product_code": "CUB",
            "model_name": "CUB-DS210V",
            "model_code": "CUB",
            "model_version": "1",
            "kc_certification_number": "ICRT-TR-E223277-0A",
            "main_abilities": ["spcfunc-aichat"],
            "sub_abilities": ["spcfunc-docent", "spcfunc-hightemp"],
            "special_functions": [
                {"id": "spcfunc-aichat", "mainType": 1, "value": 1},
                {"id": "spcfunc-docent", "mainType": 0, "value": 1},
                {"id": "spcfunc-hightemp", "mainType": 0, "value": 1},
            ],
            "operating_location": f"더현대서울{floor}",
            "os_name": "Windows",
            "os_release": "10",
        },
    )


ROBOTS = [_cubrick(number, "1F" if number <= 7 else "2F") for number in range(1, 13)]
DEVICES = [
    *(DemoDevice("drone", f"Drone {number}", f"SIM-DRONE-{number:02d}") for number in range(1, 5)),
    DemoDevice("remote_controller", "Remote controller 1", "SIM-RC-01"),
    DemoDevice("depot", "Depot 1", "SIM-DEPOT-01"),
    DemoDevice("base_station", "Base station 1", "SIM-BASE-01"),
]

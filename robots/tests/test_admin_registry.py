"""A robot's form in the console: pictures, special functions, managers and their alarms."""

import pytest
from django.test import Client

from accounts.models import AuditRow
from fleet_platform.media.models import Upload
from fleet_platform.shared.errors import Conflict, Gone, Invalid, NotAllowed, NotFound
from fleet_platform.tests.drawings import SECRET, drawn, telling
from robots.models import Robot
from robots.services import robot_remove, robot_update

from .test_api_upload import file_of

pytestmark = pytest.mark.django_db
FUNCTIONS = [
    {"id": "spcfunc-aichat", "mainType": 1, "value": 1},
    {"id": "spcfunc-docent", "mainType": 0, "value": 1},
]


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.PUBLIC_URL = "https://fleet.example"


@pytest.fixture
def robot(make_robot) -> Robot:
    return make_robot("robot_cubrick_01_v2", special_functions=FUNCTIONS, alarm_2="0")


@pytest.fixture
def save(client, admin, robot):
    """`save(**fields)`: the form as the page has it, with these fields typed over."""

    def saved(**fields):
        client.force_login(admin)
        said = {
            "robot_id": robot.robot_id,
            "is_active": "on",
            "alarm_2": "0",
            **rows(FUNCTIONS),
            **fields,
        }
        return client.post(f"/admin/robots/robot/{robot.pk}/change/", said)

    return saved


def rows(functions: list[dict]) -> dict[str, str]:
    blank = {"id": "", "mainType": "0", "value": "1"}
    return {
        f"special_functions-{number}-{key}": str(value)
        for number, row in enumerate([*functions, blank, blank])
        for key, value in row.items()
    }


def fresh(robot: Robot) -> Robot:
    return Robot.objects.get(pk=robot.pk)


def told(client, robot: Robot) -> dict:
    return client.get(f"/Registry/robot_id/{fresh(robot).robot_id}").json()["data"]


# --- nothing typed, nothing changed ---


def test_a_form_saved_as_it_is_changes_nothing(save, robot):
    before = Robot.objects.values().get()
    assert save().status_code == 302
    assert Robot.objects.values().get() == before
    assert not AuditRow.objects.filter(verb="robot.change").exists()


# --- pictures ---


def test_an_uploaded_picture_is_shown_and_told_by_its_public_address(
    save, robot, client_of, viewer, client
):
    picture = file_of(telling("JPEG"), name="robot.png")
    assert save(model_image_on_file=picture).status_code == 302
    upload = Upload.objects.get()
    assert (upload.purpose, upload.workspace) == ("registry", robot.device.workspace)
    assert fresh(robot).model_image_on == upload.address
    assert (
        told(client_of(viewer), robot)["modelImg"]["on"] == f"https://fleet.example{upload.address}"
    )
    assert SECRET.encode() not in b"".join(Client().get(upload.address).streaming_content)
    page = client.get(f"/admin/robots/robot/{robot.pk}/change/").content.decode()
    assert f'src="{upload.address}"' in page
    assert AuditRow.objects.get(verb="robot.change").after == {"model_image_on": upload.address}


def test_an_address_of_another_server_is_linked_and_not_loaded(
    save, robot, client, client_of, viewer
):
    address = "https://app.flyinglet.com/images/robot_model/integrit/cubrick_base_off.png"
    assert save(model_image_off=address).status_code == 302
    assert told(client_of(viewer), robot)["modelImg"]["off"] == address
    page = client.get(f"/admin/robots/robot/{robot.pk}/change/").content.decode()
    assert f'href="{address}"' in page and f'src="{address}"' not in page


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example/x",
        "x.png",
        'https://a/"><b>',
        "/a b",
    ],
)
def test_what_is_no_address_of_a_picture_is_refused(save, robot, address):
    answer = save(model_image_on=address)
    assert answer.status_code == 200
    assert fresh(robot).model_image_on == ""


@pytest.mark.parametrize("data", [b"<svg/>", b"", b"GIF89a<script>"])
def test_a_file_that_is_no_picture_is_told_by_the_form(save, robot, data):
    answer = save(custom_image_on_file=file_of(data), manager_1="kept")
    assert answer.status_code == 200
    assert not Upload.objects.exists()
    assert fresh(robot).manager_1 == ""


def test_a_picture_is_taken_away_by_an_empty_address(save, robot):
    save(custom_image_on="https://a.example/x.png")
    assert fresh(robot).custom_image_on
    save(custom_image_on="")
    assert fresh(robot).custom_image_on == ""


def test_a_robot_s_own_picture_goes_before_its_model_s(save, robot, client_of, owner):
    save(
        model_image_on="/robot_model/model.png",
        model_image_off="/robot_model/off.png",
        custom_image_on="/robot_model/lotte.png",
    )
    client = client_of(owner)
    code = robot.device.factory_code
    (managed,) = client.post("/fcode-device", {"fCode": code}).json()["managedRobots"]
    assert managed["onStateCustomImgUrl"] == "/robot_model/lotte.png"
    assert managed["offStateCustomImgUrl"] == "/robot_model/off.png"
    assert told(client, robot)["modelImg"]["on"] == "/robot_model/model.png"


def test_a_new_robot_comes_with_its_picture(client, admin, workspace, own_media):
    client.force_login(admin)
    form = {
        "workspace": workspace.pk,
        "name": "R2",
        "robot_id": "r2",
        "is_active": "on",
        **rows(FUNCTIONS),
    }
    form["custom_image_on_file"] = file_of(drawn())
    assert client.post("/admin/robots/robot/add/", form).status_code == 302
    made = Robot.objects.get()
    assert made.custom_image_on == Upload.objects.get().address
    assert made.main_abilities == ["spcfunc-aichat"]


# --- special functions ---


def test_functions_are_rows_and_make_the_abilities(save, robot, client, client_of, viewer):
    page = save(robot_id=robot.robot_id)
    page = client.get(f"/admin/robots/robot/{robot.pk}/change/").content.decode()
    assert 'value="spcfunc-docent"' in page and "main_abilities" not in page
    wanted = [
        {"id": "spcfunc-docent", "mainType": 1, "value": 1},
        {"id": "spcfunc-hightemp", "mainType": 0, "value": 3},
    ]
    assert save(**{**rows(wanted)}).status_code == 302
    document = told(client_of(viewer), robot)
    assert document["specialFunctions"] == wanted
    assert document["mainAbility"] == ["spcfunc-docent"]
    assert document["subAbility"] == ["spcfunc-hightemp"]


def test_rows_are_added_at_the_end_and_removed_by_their_box(save, robot):
    fields = {
        "special_functions-0-gone": "on",
        "special_functions-7-id": " spcfunc-guide ",
        "special_functions-7-mainType": "1",
        "special_functions-7-value": "2",
    }
    assert save(**fields).status_code == 302
    assert fresh(robot).special_functions == [
        FUNCTIONS[1],
        {"id": "spcfunc-guide", "mainType": 1, "value": 2},
    ]
    assert fresh(robot).main_abilities == ["spcfunc-guide"]


def test_all_rows_may_go(save, robot):
    gone = {f"special_functions-{number}-gone": "on" for number in range(2)}
    assert save(**gone).status_code == 302
    found = fresh(robot)
    assert found.special_functions == found.main_abilities == found.sub_abilities == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"special_functions-1-id": "spcfunc-aichat"},
        {"special_functions-1-id": "x" * 101},
        {"special_functions-1-mainType": "2"},
        {"special_functions-1-mainType": ""},
        {"special_functions-1-value": "-1"},
        {"special_functions-1-value": "1.5"},
        {"special_functions-1-value": "9" * 30},
        {f"special_functions-{number}-id": f"spcfunc-{number}" for number in range(60)},
    ],
)
def test_a_wrong_row_is_told_and_what_was_typed_stays(save, robot, wrong):
    answer = save(**wrong)
    assert answer.status_code == 200
    assert fresh(robot).special_functions == FUNCTIONS
    assert 'value="spcfunc-' in answer.content.decode()


def test_what_is_typed_is_never_markup(save, robot):
    answer = save(**{"special_functions-0-id": '"><script>x', "special_functions-0-value": "x"})
    assert '"><script>x' not in answer.content.decode()


# --- managers ---


def test_managers_have_phones_and_alarms(save, robot, client_of, viewer):
    said = {"manager_2": "전기만", "sms_2": "8201085850124", "alarm_2": "True", "alarm_1": "False"}
    assert save(**said).status_code == 302
    document = told(client_of(viewer), robot)
    assert (document["manager_02"], document["sms_02"]) == ("전기만", "8201085850124")
    assert [document[f"alarm_0{number}"] for number in (1, 2, 3)] == ["False", "True", ""]


def test_an_alarm_text_of_another_system_stays_until_it_is_switched(save, robot, client):
    assert save(manager_1="new").status_code == 302
    assert fresh(robot).alarm_2 == "0"
    page = client.get(f"/admin/robots/robot/{robot.pk}/change/").content.decode()
    assert '<option value="0" selected>0</option>' in page
    assert save(alarm_1="yes").status_code == 200


@pytest.mark.parametrize("phone", ["call me", "12", "+", "0" * 40, "010-1234-567a"])
def test_a_phone_is_a_phone(save, robot, phone):
    assert save(sms_1=phone).status_code == 200
    assert fresh(robot).sms_1 == ""


@pytest.mark.parametrize("phone", ["+82 10-1234-5678", "01012345678", "(02) 555 0199"])
def test_a_phone_may_be_written_as_people_do(save, robot, phone):
    save(sms_1=phone)
    assert fresh(robot).sms_1 == phone


# --- the service behind it ---


def test_a_robot_id_may_change_and_the_stream_hears_of_it(save, robot, client_of, viewer):
    assert save(robot_id="robot_renamed").status_code == 302
    client = client_of(viewer)
    assert client.get("/Registry/robot_id/robot_cubrick_01_v2").status_code == 404
    tick = client.get("/stream/robot?robot_id=robot_renamed").json()
    assert tick["robot_info"]["name"]


def test_a_robot_id_in_use_is_refused(save, robot, make_robot, actor_of, admin):
    other = make_robot("taken")
    assert save(robot_id="taken").status_code == 200
    with pytest.raises(Conflict):
        robot_update(actor=actor_of(admin), row_id=other.pk, robot_id=robot.robot_id)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"special_functions": [{"id": "a"}]}, "special_functions"),
        ({"special_functions": ["a"]}, "special_functions"),
        ({"special_functions": FUNCTIONS, "main_abilities": ["spcfunc-docent"]}, "main_abilities"),
        ({"special_functions": FUNCTIONS, "sub_abilities": [1, "x", {}]}, "sub_abilities"),
        ({"main_abilities": [5]}, "special_functions"),
        ({"model_image_on": "javascript:x"}, "model_image_on"),
        ({"port": 70_000}, "port"),
        ({"port": "21000"}, "port"),
        ({"is_active": None}, "is_active"),
    ],
)
def test_a_bad_change_is_named_and_changes_nothing(robot, actor_of, operator, changes, named):
    with pytest.raises(Invalid) as refusal:
        robot_update(actor=actor_of(operator), row_id=robot.pk, manager_1="x", **changes)
    assert list(refusal.value.fields) == [named]
    assert fresh(robot).manager_1 == ""


def test_abilities_alone_make_functions(make_robot):
    made = make_robot(main_abilities=["a"], sub_abilities=["b"])
    assert made.special_functions == [
        {"id": "a", "mainType": 1, "value": 1},
        {"id": "b", "mainType": 0, "value": 1},
    ]


def test_a_port_may_be_taken_back(robot, actor_of, operator):
    robot_update(actor=actor_of(operator), row_id=robot.pk, port=21_000)
    robot_update(actor=actor_of(operator), row_id=robot.pk, port=None)
    assert fresh(robot).port is None


def test_only_who_manages_devices_changes_them(robot, actor_of, viewer, stranger, owner):
    for who, refusal in ((viewer, NotAllowed), (robot.device, NotFound), (stranger, NotFound)):
        with pytest.raises(refusal):
            robot_update(actor=actor_of(who), row_id=robot.pk, manager_1="x")
    robot_remove(actor=actor_of(owner), robot_id=robot.robot_id)
    with pytest.raises(Gone):
        robot_update(actor=actor_of(owner), row_id=robot.pk, manager_1="x")

"""Asking devices to do something: who may, what is refused, and how a command ends."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditRow, Device
from accounts.roles import Role
from fleet_platform.shared.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    TooMany,
)
from fleet_platform.telemetry import retention, runtime
from fleet_platform.telemetry.commands import delivery, selectors, services
from fleet_platform.telemetry.commands.services import Order
from fleet_platform.telemetry.models import Command


@pytest.fixture
def ask(operator, actor_of, device):
    """`ask(name="locate", ...)` as the operator, of the device: the command."""

    def asked(name="locate", device_id=device.pk, **options) -> Command:
        return services.command_request(
            actor=actor_of(operator), device_id=device_id, name=name, **options
        )[0]

    return asked


@pytest.fixture
def published(monkeypatch, django_capture_on_commit_callbacks):
    """`published(call)` performs it and gives what was published and whose bells were rung, after the commit."""

    def performed(call):
        events, rings = [], []
        monkeypatch.setattr(runtime, "publish_events", events.extend)
        monkeypatch.setattr(runtime, "notify_devices", rings.extend)
        with django_capture_on_commit_callbacks(execute=True):
            call()
        return events, rings

    return performed


def state_of(command: Command) -> str:
    return Command.objects.get(pk=command.pk).state


def make_overdue(command: Command) -> None:
    Command.objects.filter(pk=command.pk).update(expires_at=timezone.now())


# --- asking ---


def test_an_operator_asks_and_it_is_told_and_kept(ask, device, operator, published):
    kept = []
    events, rings = published(lambda: kept.append(ask("go_to", params={"x": 1, "y": 2})))
    [command] = kept
    assert (command.state, command.params) == ("asked", {"x": 1, "y": 2})
    assert command.expires_at - command.requested_at == timedelta(seconds=60)
    assert command.requested_by == operator
    assert [event.topic for event in events] == [f"commands:{device.workspace_id}"]
    assert b'"state":"asked"' in events[0].document
    assert rings == [device.pk]
    row = AuditRow.objects.get(verb="command.send")
    assert (row.target, row.actor_name) == (f"device:{device.pk}", operator.email)
    assert row.after["name"] == "go_to"


@pytest.mark.parametrize(
    ("who", "refusal"),
    [("viewer", NotAllowed), ("stranger", NotFound), ("device", NotFound)],
)
def test_others_may_not_ask(who, refusal, request, actor_of, device):
    actor = actor_of(request.getfixturevalue(who))
    with pytest.raises(refusal):
        services.command_request(actor=actor, device_id=device.pk, name="stop")
    assert not Command.objects.exists()


def deep(levels: int) -> dict:
    value: dict = {}
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "9lives"),
        ("name", "go to"),
        ("name", "x" * 65),
        ("name", "stop\n"),
        ("params", [1]),
        ("params", {"a": "x" * 17_000}),
        ("params", {"a": float("inf")}),
        ("params", {"a": 2**64}),
        ("params", deep(20)),
        ("expires_in", 0),
        ("expires_in", 8 * 86_400),
        ("expires_in", float("nan")),
        ("request_id", ""),
        ("request_id", "a b"),
    ],
)
def test_bad_input_is_named(ask, field, value):
    with pytest.raises(Invalid) as refused:
        ask(**{field: value})
    assert set(refused.value.fields) == {field}


def test_a_removed_device_is_asked_nothing(ask, device):
    Device.objects.filter(pk=device.pk).update(removed_at=timezone.now())
    with pytest.raises(NotFound):
        ask()


def test_the_same_request_again_is_the_same_command(ask, operator, actor_of, device):
    first = ask("go_to", params={"x": 1}, request_id="abc")
    again, new = services.command_request(
        actor=actor_of(operator),
        device_id=device.pk,
        name="go_to",
        params={"x": 1},
        request_id="abc",
    )
    assert (again.pk, new) == (first.pk, False)
    assert Command.objects.count() == 1
    with pytest.raises(Conflict):
        ask("go_to", params={"x": 2}, request_id="abc")


def test_request_ids_are_each_devices_own(ask, make_device):
    first = ask(request_id="abc")
    assert ask(device_id=make_device().pk, request_id="abc").pk != first.pk


def test_a_device_has_so_many_open_commands_and_no_more(ask, settings, make_device):
    settings.COMMANDS_OPEN_AT_MOST = 2
    first, _ = ask(), ask()
    with pytest.raises(TooMany):
        ask()
    assert ask(device_id=make_device().pk)
    Command.objects.filter(pk=first.pk).update(state="done")
    assert ask()


def test_many_at_once_are_all_or_none(operator, actor_of, device, make_device, other_workspace):
    foreign = make_device(other_workspace)
    orders = [Order(device.pk, "drive_route", {"way_point_id": "a"}), Order(foreign.pk, "stop", {})]
    asked = {"actor": actor_of(operator), "workspace_id": device.workspace_id, "source": "test"}
    with pytest.raises(NotFound):
        services.commands_request(orders=orders, **asked)
    assert not Command.objects.exists()
    second = make_device()
    orders = [Order(second.pk, "stop", {}), Order(device.pk, "a", {}), Order(second.pk, "b", {})]
    rows = services.commands_request(orders=orders, **asked)
    assert [(row.device_id, row.name) for row in rows] == [order[:2] for order in orders]
    assert AuditRow.objects.get(verb="command.send").after["count"] == 3


# --- stop all ---


@pytest.fixture
def drone(make_device) -> Device:
    return make_device(kind=Device.Kind.DRONE)


def stop_all(actor, workspace, **options) -> list[Command]:
    return services.workspace_stop_all(actor=actor, workspace_id=workspace.pk, **options)


def test_stop_all_stops_what_drives_or_flies(
    operator, actor_of, workspace, device, drone, make_device, other_workspace, published
):
    make_device(kind=Device.Kind.DEPOT)
    make_device(other_workspace)
    gone = make_device()
    Device.objects.filter(pk=gone.pk).update(removed_at=timezone.now())
    kept = []
    events, rings = published(lambda: kept.extend(stop_all(actor_of(operator), workspace)))
    assert {command.device_id for command in kept} == {device.pk, drone.pk} == set(rings)
    assert {(command.name, command.source) for command in kept} == {("stop", "stop-all")}
    assert len(events) == 2
    left = kept[0].expires_at - timezone.now()
    assert timedelta(0) < left <= timedelta(seconds=services.STOP_SECONDS)
    assert AuditRow.objects.filter(verb="command.send").count() == 1


def test_stop_all_drops_what_has_not_begun(operator, actor_of, workspace, ask, device):
    waiting = ask("drive_route", expires_in=86_400)
    sent = ask("go_to")
    running = ask("go_to")
    earlier_stop = ask("stop")
    Command.objects.filter(pk=sent.pk).update(state="sent", attempts=1)
    Command.objects.filter(pk=running.pk).update(state="accepted")
    stop_all(actor_of(operator), workspace)
    assert [state_of(one) for one in (waiting, sent, running, earlier_stop)] == [
        "canceled",
        "canceled",
        "accepted",
        "asked",
    ]
    assert not Command.objects.get(pk=waiting.pk).cancel_due
    assert Command.objects.get(pk=sent.pk).cancel_due


def test_there_is_always_room_for_a_stop(operator, actor_of, workspace, ask, settings):
    settings.COMMANDS_OPEN_AT_MOST = 1
    ask("stop")
    assert len(stop_all(actor_of(operator), workspace)) == 1


def test_a_stop_all_of_nothing_is_on_record(operator, actor_of, workspace):
    assert stop_all(actor_of(operator), workspace) == []
    assert AuditRow.objects.get(verb="command.send").after["count"] == 0


@pytest.mark.parametrize(("who", "refusal"), [("viewer", NotAllowed), ("stranger", NotFound)])
def test_others_stop_nothing(who, refusal, request, actor_of, workspace, device):
    with pytest.raises(refusal):
        stop_all(actor_of(request.getfixturevalue(who)), workspace)
    assert not Command.objects.exists()


# --- replies ---


@pytest.fixture
def reply(actor_of, device):
    def said(command: Command, state: str, **options) -> Command:
        actor = options.pop("actor", None) or actor_of(device)
        return services.command_reply(actor=actor, command_id=command.pk, state=state, **options)

    return said


def test_a_device_accepts_and_ends(ask, reply):
    command = ask()
    assert reply(command, "accepted").accepted_at
    done = reply(command, "done", detail="here I am")
    assert (done.state, done.detail) == ("done", "here I am")
    assert done.finished_at >= done.accepted_at


def test_a_device_may_end_at_once(ask, reply):
    assert reply(ask(), "failed", detail="no such place").state == "failed"


def test_the_same_word_again_changes_nothing_and_tells_nobody(ask, reply, published):
    command = ask()
    first = reply(command, "done")
    events, _ = published(lambda: reply(command, "done", detail="again"))
    assert events == []
    assert Command.objects.get(pk=command.pk).finished_at == first.finished_at


@pytest.mark.parametrize("end", ["done", "failed", "expired", "canceled"])
@pytest.mark.parametrize("word", ["accepted", "done", "failed"])
def test_what_is_over_stays_over(ask, reply, end, word):
    command = ask()
    Command.objects.filter(pk=command.pk).update(state=end)
    if word != end:
        with pytest.raises(Conflict):
            reply(command, word)
    assert state_of(command) == end


def test_a_command_that_has_run_out_is_not_accepted_though_the_sweep_is_late(ask, reply):
    command = ask()
    make_overdue(command)
    with pytest.raises(Conflict, match="xpired"):
        reply(command, "accepted")
    assert services.commands_expire() == 1
    assert state_of(command) == "expired"


@pytest.mark.parametrize("state", ["asked", "sent", "expired", "canceled", "nonsense", ""])
def test_a_device_says_accepted_done_or_failed_and_nothing_else(ask, reply, state):
    with pytest.raises(Invalid):
        reply(ask(), state)


def test_only_the_device_itself_answers(ask, reply, actor_of, make_device, operator, stranger):
    command = ask()
    for actor, refusal in (
        (actor_of(make_device()), NotFound),
        (actor_of(stranger), NotFound),
        (actor_of(operator), NotAllowed),
    ):
        with pytest.raises(refusal):
            reply(command, "done", actor=actor)
    assert state_of(command) == "asked"


# --- ends ---


def test_what_nobody_accepted_in_time_expires(ask, reply, published):
    late, sent, accepted, young = ask(), ask(), ask(), ask()
    Command.objects.filter(pk=sent.pk).update(state="sent")
    reply(accepted, "accepted")
    for command in (late, sent, accepted):
        make_overdue(command)
    events, _ = published(services.commands_expire)
    assert [state_of(one) for one in (late, sent, accepted, young)] == [
        "expired",
        "expired",
        "accepted",
        "asked",
    ]
    assert len(events) == 2
    assert services.commands_expire() == 0


def test_a_device_that_accepts_and_is_never_heard_of_again_has_failed(ask, reply, settings):
    command = ask()
    reply(command, "accepted")
    assert services.commands_expire() == 0
    long_ago = timezone.now() - timedelta(seconds=settings.COMMAND_GIVEN_UP_SECONDS)
    Command.objects.filter(pk=command.pk).update(accepted_at=long_ago)
    assert services.commands_expire() == 1
    assert state_of(command) == "failed"


@pytest.mark.parametrize("state", ["asked", "sent", "accepted"])
def test_an_operator_cancels_what_is_not_over(ask, actor_of, operator, state, published):
    command = ask()
    Command.objects.filter(pk=command.pk).update(state=state, attempts=int(state == "sent"))
    if state == "accepted":
        Command.objects.filter(pk=command.pk).update(accepted_at=timezone.now())
    events, rings = published(
        lambda: services.command_cancel(actor=actor_of(operator), command_id=command.pk)
    )
    command.refresh_from_db()
    assert (command.state, command.cancel_due) == ("canceled", state != "asked")
    assert rings == ([] if state == "asked" else [command.device_id])
    assert len(events) == 1
    assert AuditRow.objects.filter(verb="command.cancel").exists()


def test_what_is_over_is_not_canceled(ask, reply, actor_of, operator):
    command = ask()
    reply(command, "done")
    with pytest.raises(Conflict):
        services.command_cancel(actor=actor_of(operator), command_id=command.pk)
    assert state_of(command) == "done"
    assert not AuditRow.objects.filter(verb="command.cancel").exists()


def test_a_viewer_cancels_nothing(ask, actor_of, viewer):
    command = ask()
    with pytest.raises(NotAllowed):
        services.command_cancel(actor=actor_of(viewer), command_id=command.pk)


def test_old_commands_go_by_retention_and_open_ones_stay(ask, workspace):
    [data_class] = [one for one in retention.data_classes() if one.name == "commands"]
    old, running, young = ask(), ask(), ask()
    long_ago = timezone.now() - timedelta(days=400)
    Command.objects.filter(pk__in=[old.pk, running.pk]).update(requested_at=long_ago)
    Command.objects.filter(pk__in=[old.pk, young.pk]).update(state="done")
    [(_, before_us)] = [limit for limit in retention.limits(data_class) if limit[0] == workspace.pk]
    assert sum(data_class.purge(workspace.pk, before_us)) == 1
    assert set(Command.objects.values_list("pk", flat=True)) == {running.pk, young.pk}


# --- who sees what ---


def test_a_devices_list_is_newest_first_in_pages(ask, actor_of, viewer, device):
    ids = [ask().pk for _ in range(5)]
    first, more = selectors.commands_for(actor_of(viewer), device.pk, limit=3)
    rest, end = selectors.commands_for(actor_of(viewer), device.pk, limit=3, cursor=more)
    assert [row.pk for row in first + rest] == ids[::-1]
    assert end is None


def test_a_device_is_shown_nothing_that_has_run_out(ask, actor_of, device, viewer):
    late, young = ask(), ask()
    make_overdue(late)
    asked, _ = selectors.commands_for(actor_of(device), device.pk, states=["asked"], limit=10)
    assert [row.pk for row in asked] == [young.pk]
    seen, _ = selectors.commands_for(actor_of(viewer), device.pk, states=["asked"], limit=10)
    assert [row.pk for row in seen] == [young.pk, late.pk]


def test_after_a_move_the_old_workspaces_commands_stay_its_own(
    ask, actor_of, viewer, stranger, device, other_workspace
):
    command = ask()
    Device.objects.filter(pk=device.pk).update(workspace=other_workspace)
    rows, _ = selectors.commands_for(actor_of(stranger), device.pk, limit=10)
    assert rows == []
    assert selectors.command_for(actor_of(viewer), command.pk) == command
    assert delivery.claim(device.pk, "x").commands == []


def test_the_snapshot_is_what_is_open_newest_first(ask, reply, workspace):
    over, _, accepted = ask("a"), ask("b"), ask("c")
    reply(over, "done")
    reply(accepted, "accepted")
    documents = selectors.open_command_documents(workspace.pk)
    assert [b'"name":"c"' in documents[0], b'"name":"b"' in documents[1]] == [True, True]
    assert len(documents) == 2


def test_a_schedule_is_an_asker_too(device, workspace):
    from accounts.principal import Actor

    actor = Actor("schedule", 5, "Round", roles={workspace.pk: frozenset({Role.OPERATOR})})
    [command] = services.commands_request(
        actor=actor,
        workspace_id=workspace.pk,
        orders=[Order(device.pk, "stop", {})],
        source="schedule:5",
    )
    assert command.requested_by is None
    assert AuditRow.objects.get(verb="command.send").actor == "schedule:5"

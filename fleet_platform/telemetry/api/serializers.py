"""Form of what the fleet API takes and, for its description, of what it answers."""

from rest_framework import serializers

from accounts.models.devices import SILENCE_LONGEST

SILENCE_LIMIT = "Silent for longer, it raises an alarm. 0: never; null: the platform's default."


class DeviceRequest(serializers.Serializer):
    """A device to register. Other keys are handed to its kind (a robot's `robot_id`)."""

    workspace_id = serializers.IntegerField(min_value=1)
    kind = serializers.CharField(max_length=24)
    name = serializers.CharField(max_length=150)
    serial_number = serializers.CharField(max_length=100, required=False, allow_null=True)
    factory_code = serializers.CharField(max_length=100, required=False, allow_null=True)

    def extra(self) -> dict:
        return {key: value for key, value in self.initial_data.items() if key not in self.fields}


class DevicePatch(serializers.Serializer):
    name = serializers.CharField(max_length=150, required=False)
    serial_number = serializers.CharField(max_length=100, required=False, allow_null=True)
    factory_code = serializers.CharField(max_length=100, required=False, allow_null=True)
    silence_limit_seconds = serializers.IntegerField(
        min_value=0,
        max_value=SILENCE_LONGEST,
        required=False,
        allow_null=True,
        help_text=SILENCE_LIMIT,
    )


class DeviceDocument(serializers.Serializer):
    """The device document: the same in REST, websocket and black box."""

    device_id = serializers.IntegerField()
    kind = serializers.CharField()
    name = serializers.CharField()
    workspace_id = serializers.IntegerField()
    online = serializers.BooleanField()
    silence_limit_seconds = serializers.IntegerField(allow_null=True, help_text=SILENCE_LIMIT)
    time = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField(allow_null=True)
    sections = serializers.DictField()
    position = serializers.DictField(allow_null=True)


class SampleDocument(DeviceDocument):
    seq = serializers.IntegerField()


class DeviceCreated(DeviceDocument):
    secret = serializers.CharField(help_text="Told this once.")


class DevicePage(serializers.Serializer):
    results = DeviceDocument(many=True)
    next = serializers.CharField(allow_null=True)


class SamplePage(serializers.Serializer):
    results = SampleDocument(many=True)
    next = serializers.CharField(allow_null=True)


class SampleRequest(serializers.Serializer):
    time = serializers.CharField(help_text="RFC 3339, or a number: epoch seconds or milliseconds.")
    seq = serializers.IntegerField(required=False, min_value=0)
    device = serializers.CharField(required=False, help_text="Serial number of a carried drone.")
    sections = serializers.DictField(help_text="Section name -> object; see docs/live.md.")


class BatchRequest(serializers.Serializer):
    samples = SampleRequest(many=True)


class Rejection(serializers.Serializer):
    index = serializers.IntegerField()
    pointer = serializers.CharField()
    detail = serializers.CharField()


class BatchResponse(serializers.Serializer):
    accepted = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    rejected = Rejection(many=True)

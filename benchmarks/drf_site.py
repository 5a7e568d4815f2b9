"""The yardstick's site: the same two operations as most projects would write them with Django REST framework."""

import json
import time

from django.urls import path
from rest_framework import generics, serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from fleet_platform.telemetry.models import Sample


class SampleIn(serializers.Serializer):
    time = serializers.FloatField()
    seq = serializers.IntegerField()
    sections = serializers.JSONField()


class Batch(serializers.Serializer):
    samples = SampleIn(many=True)


class IngestView(APIView):
    def post(self, request):
        form = Batch(data=request.data)
        form.is_valid(raise_exception=True)
        device_id = int(request.user.token["sub"].partition(":")[2])
        received_us = time.time_ns() // 1000
        made = Sample.objects.bulk_create(
            [
                Sample(
                    device_id=device_id,
                    time_us=round(sample["time"] * 1e6),
                    seq=sample["seq"],
                    received_us=received_us,
                    sections=json.dumps(sample["sections"]),
                )
                for sample in form.validated_data["samples"]
            ],
            ignore_conflicts=True,
        )
        return Response({"accepted": len(made)})


class SampleOut(serializers.ModelSerializer):
    sections = serializers.SerializerMethodField()
    position = serializers.SerializerMethodField()

    class Meta:
        model = Sample
        fields = ["device", "time_us", "seq", "received_us", "sections", "position"]

    def get_sections(self, sample) -> dict:
        return json.loads(sample.sections)

    def get_position(self, sample) -> dict | None:
        return json.loads(sample.position)


class BlackBoxView(generics.ListAPIView):
    serializer_class = SampleOut

    def get_queryset(self):
        rows = Sample.objects.filter(device_id=self.kwargs["device_id"])
        return rows.order_by("time_us", "seq")[:10_000]


urlpatterns = [
    path("samples", IngestView.as_view()),
    path("devices/<int:device_id>/samples", BlackBoxView.as_view()),
]

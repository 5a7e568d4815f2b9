"""Operations 3, 16, 17, 18 and 20: a robot's registry document, whose it is, and what its computer tells of itself."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import client_address
from fleet_platform.shared.errors import NotFound

from ... import selectors, services
from ...models import Robot
from .. import schema
from ..dialect import RobotsView, TextView
from ..owner import owner_document
from ..serializers import (
    CertificateRequest,
    ChipRequest,
    FactoryCodeRequest,
    read,
    registry_document,
)


class RegistryView(RobotsView):
    @extend_schema(
        operation_id="registry",
        summary="A robot's registry document",
        tags=[schema.TAG],
        responses=schema.answers({200: schema.REGISTRY}),
    )
    def get(self, request: Request, robot_id: str) -> Response:
        return Response({"data": _registered(selectors.robot_for(self.actor, robot_id))})


class CheckDeviceView(RobotsView):
    @extend_schema(
        operation_id="check_device",
        summary="A robot's registry document by its factory code",
        tags=[schema.TAG],
        request=FactoryCodeRequest,
        responses=schema.answers({200: schema.REGISTERED}),
    )
    def post(self, request: Request) -> Response:
        code = read(FactoryCodeRequest, request.data)["fCode"]
        return Response(_registered(selectors.robot_of_factory_code(self.actor, code)))

    @extend_schema(
        operation_id="check_device_by_patch",
        summary="The same by the other verb that clients use",
        tags=[schema.TAG],
        request=FactoryCodeRequest,
        responses=schema.answers({200: schema.REGISTERED}),
    )
    def patch(self, request: Request) -> Response:
        return self.post(request)


class ChipView(RobotsView):
    @extend_schema(
        operation_id="chip_sn",
        summary="Whether a robot with this chip is registered, and its model",
        tags=[schema.TAG],
        request=ChipRequest,
        responses=schema.answers({200: schema.CHIP}),
    )
    def post(self, request: Request) -> Response:
        serial = read(ChipRequest, request.data)["sn"]
        try:
            robot = selectors.robot_of_chip(self.actor, serial)
        except NotFound:
            return Response({"authentication": False})
        return Response({"authentication": True, "모델명": robot.model_name})


class OwnerView(RobotsView):
    @extend_schema(
        operation_id="fcode_device",
        summary="The owner of a robot, with robots, maps and group",
        tags=[schema.TAG],
        request=FactoryCodeRequest,
        responses=schema.answers({200: schema.OBJECT}),
    )
    def post(self, request: Request) -> Response:
        code = read(FactoryCodeRequest, request.data)["fCode"]
        robot = selectors.robot_of_factory_code(self.actor, code)
        return Response(owner_document(*selectors.ownership_of(robot)))


class CertificateView(TextView):
    public = True  # the secret is the credential

    @extend_schema(
        operation_id="send_device_certi",
        summary="A robot tells what computer it is; its secret is the credential",
        tags=[schema.TAG],
        request=CertificateRequest,
        responses=schema.answers({(200, "text/plain"): OpenApiTypes.STR}),
        auth=[],
    )
    def post(self, request: Request) -> HttpResponse:
        facts = read(CertificateRequest, request.data)
        services.robot_certify(
            factory_code=facts.pop("fCode"),
            secret=facts.pop("secretKey"),
            address=client_address(request),
            facts=facts,
        )
        return self.text_answer(gettext("The device's facts were stored."))

    @extend_schema(
        operation_id="send_device_certi_by_patch",
        summary="The same by the other verb that clients use",
        tags=[schema.TAG],
        request=CertificateRequest,
        responses=schema.answers({(200, "text/plain"): OpenApiTypes.STR}),
        auth=[],
    )
    def patch(self, request: Request) -> HttpResponse:
        return self.post(request)


def _registered(robot: Robot) -> dict[str, Any]:
    newest = selectors.robot_newest(robot)
    return registry_document(robot, newest, selectors.newest_photos_of(robot))

"""Operations 13 to 15 and 21: codes and temporary passwords. Every address gets the same answer."""

from django.http import HttpResponse
from django.utils.translation import gettext
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from accounts import services
from accounts.authentication import client_address
from accounts.models import Way

from .. import schema
from ..dialect import TextView
from ..serializers import read
from .sign_up import WIRE_NAMES, wire_names

TEXT = {(200, "text/plain"): OpenApiTypes.STR}


class EmailRequest(serializers.Serializer):
    email = serializers.EmailField(max_length=254)


class SmsRequest(EmailRequest):
    phoneNumber = serializers.CharField(max_length=32)


class CodeRequest(EmailRequest):
    certCode = serializers.CharField(max_length=64)


class SmsCodeView(TextView):
    public = True

    @extend_schema(
        operation_id="sms",
        summary="Send a code by SMS",
        tags=[schema.TAG],
        request=SmsRequest,
        responses=schema.answers(TEXT),
        auth=[],
    )
    def post(self, request: Request) -> HttpResponse:
        said = read(SmsRequest, request.data)
        with wire_names(WIRE_NAMES):
            code = services.code_request(
                email=said["email"],
                way=Way.SMS,
                phone_number=said["phoneNumber"],
                address=client_address(request),
            )
        return self.text_answer(code or gettext("If the number can be reached, a code follows."))


class EmailCodeView(TextView):
    public = True

    @extend_schema(
        operation_id="email",
        summary="Send a code by e-mail",
        tags=[schema.TAG],
        request=EmailRequest,
        responses=schema.answers(TEXT),
        auth=[],
    )
    def post(self, request: Request) -> HttpResponse:
        email = read(EmailRequest, request.data)["email"]
        code = services.code_request(email=email, way=Way.EMAIL, address=client_address(request))
        return self.text_answer(code or gettext("If the address can be reached, a code follows."))


class CodeCheckView(TextView):
    public = True

    @extend_schema(
        operation_id="codecheck",
        summary="Whether a code is right: true once, else false; five wrong tries end it",
        tags=[schema.TAG],
        request=CodeRequest,
        responses=schema.answers(TEXT),
        auth=[],
    )
    def post(self, request: Request) -> HttpResponse:
        said = read(CodeRequest, request.data)
        is_right = services.code_check(
            email=said["email"], code=said["certCode"], address=client_address(request)
        )
        return self.text_answer("true" if is_right else "false")


class PasswordRequestView(TextView):
    public = True

    @extend_schema(
        operation_id="update_password",
        summary="Send a temporary password; the old one stays until a new one is set with it",
        tags=[schema.TAG],
        request=EmailRequest,
        responses=schema.answers(TEXT),
        auth=[],
    )
    def patch(self, request: Request) -> HttpResponse:
        return self._answer(request)

    @extend_schema(
        operation_id="update_password_by_post",
        summary="The same by POST",
        tags=[schema.TAG],
        request=EmailRequest,
        responses=schema.answers(TEXT),
        auth=[],
    )
    def post(self, request: Request) -> HttpResponse:
        return self._answer(request)

    def _answer(self, request: Request) -> HttpResponse:
        email = read(EmailRequest, request.data)["email"]
        services.password_request(email=email, address=client_address(request))
        return self.text_answer(
            gettext("If there is an account of this address, a temporary password follows.")
        )

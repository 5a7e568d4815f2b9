"""Operations 10 and 11: new accounts. The role that a body asks for is written down, not given."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils.translation import gettext
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from accounts import services
from accounts.authentication import client_address
from accounts.roles import PlatformRole
from fleet_platform.shared.errors import Invalid
from fleet_platform.shared.json_body import odd_text

from ...models import PICTURE_ADDRESS
from .. import schema
from ..dialect import TextView
from ..serializers import read

ROLES = {
    "일반관리자": PlatformRole.ADMIN,
    "admin": PlatformRole.ADMIN,
    "최고관리자": PlatformRole.OWNER,
    "owner": PlatformRole.OWNER,
}
WIRE_NAMES = {"phone_number": "phoneNumber", "asked_role": "role", "picture": "adminProfile"}


def _text(longest: int) -> serializers.CharField:
    return serializers.CharField(max_length=longest, required=False, allow_blank=True)


class AccountRequest(serializers.Serializer):
    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=1024, trim_whitespace=False)
    phoneNumber = _text(32)


class SignUpRequest(AccountRequest):
    """`login` and `success`, which clients send along, say nothing and are let by."""

    role = _text(64)
    userName = _text(150)
    companyName = _text(150)
    job = _text(150)
    jobPosition = _text(150)
    zipCode = _text(32)
    fullAddress = _text(250)
    addressDetail = _text(250)


class AdminSignUpRequest(AccountRequest):
    """`adminId`, which clients send along, is given by the platform."""

    role = serializers.ChoiceField(list(ROLES))
    adminName = _text(150)
    adminProfile = _text(20_000)


class SignUpView(TextView):
    public = True

    @extend_schema(
        operation_id="signup",
        summary="Make an account. The role asked for is recorded, never granted",
        tags=[schema.TAG],
        request=SignUpRequest,
        responses=schema.answers({(201, "text/plain"): OpenApiTypes.STR}),
        auth=[],
    )
    def post(self, request: Request) -> HttpResponse:
        said = read(SignUpRequest, request.data)
        with wire_names({**WIRE_NAMES, "name": "userName"}):
            services.sign_up(
                **_account(said, "userName"),
                profile=_profile(said),
                address=client_address(request),
            )
        return self.text_answer(gettext("The account was made."), 201)


class AdminSignUpView(TextView):
    @extend_schema(
        operation_id="signup_admin",
        summary="Make an administrator's account; for signed-in platform administrators",
        tags=[schema.TAG],
        request=AdminSignUpRequest,
        responses=schema.answers({(201, "text/plain"): OpenApiTypes.STR}),
    )
    def post(self, request: Request) -> HttpResponse:
        services.admin_check(actor=self.actor)
        said = read(AdminSignUpRequest, request.data)
        profile = {"asked_role": said["role"], "picture": _picture(said.get("adminProfile", ""))}
        with wire_names({**WIRE_NAMES, "name": "adminName"}):
            services.admin_sign_up(
                actor=self.actor,
                **_account(said, "adminName"),
                role=ROLES[said["role"]],
                profile=profile,
            )
        return self.text_answer(gettext("The account was made."), 201)


def _account(said: dict[str, Any], name: str) -> dict[str, str]:
    return {
        "email": said["email"],
        "password": said["password"],
        "name": said.get(name, ""),
        "phone_number": said.get("phoneNumber", ""),
    }


def _profile(said: dict[str, Any]) -> dict[str, str]:
    return {
        "asked_role": said.get("role", ""),
        "company_name": said.get("companyName", ""),
        "job": said.get("job", ""),
        "job_position": said.get("jobPosition", ""),
        "zip_code": said.get("zipCode", ""),
        "full_address": said.get("fullAddress", ""),
        "address_detail": said.get("addressDetail", ""),
    }


def _picture(admin_profile: str) -> str:
    """The one thing in `adminProfile`, a JSON text, that is the new administrator's own: all else is derived here.

    Raises Invalid where it is no address of a picture.
    """
    picture = ""
    with suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):
        picture = json.loads(admin_profile)["user"]["profile"]["profile_img"].strip()
    try:
        if picture:
            PICTURE_ADDRESS(picture if odd_text(picture) is None else "")
    except ValidationError as error:
        raise Invalid({"adminProfile": f"user.profile.profile_img: {error.message}"}) from None
    return picture


@contextmanager
def wire_names(names: dict[str, str]) -> Iterator[None]:
    """Refusals of fields under the names that the client wrote."""
    try:
        yield
    except Invalid as error:
        told = {names.get(name, name): said for name, said in error.fields.items()}
        raise Invalid(told, error.message) from None

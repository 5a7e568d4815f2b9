"""Operations 1, 2 and 19: people and robots get their tokens. The rules are accounts'; names and texts are here."""

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts import services, tokens
from accounts.authentication import (
    ACCESS_COOKIE,
    REFRESH_COOKIE,
    REFRESH_PATH,
    bearer_token,
    client_address,
)
from fleet_platform.shared.errors import NotAuthenticated

from .. import schema
from ..dialect import RobotsView, TextView
from ..owner import role_text


class LoginRequest(serializers.Serializer):
    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=1024, trim_whitespace=False)


class LoginResponse(serializers.Serializer):
    access_token = serializers.CharField()
    refresh_token = serializers.CharField()
    must_change_password = serializers.BooleanField(
        required=False, help_text="Only after a temporary password."
    )


class RefreshResponse(serializers.Serializer):
    new_access_token = serializers.CharField()
    new_refresh_token = serializers.CharField()


class DeviceSignInRequest(serializers.Serializer):
    fCode = serializers.CharField(max_length=100)
    secretKey = serializers.CharField(max_length=1024, trim_whitespace=False)


class LoginView(RobotsView):
    public = True

    @extend_schema(
        operation_id="login",
        summary="Sign in; both tokens are set as HttpOnly cookies as well",
        tags=[schema.TAG],
        request=LoginRequest,
        responses=schema.answers({200: LoginResponse}),
        auth=[],
    )
    def post(self, request) -> Response:
        asked = LoginRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        pair = services.user_login(
            **asked.validated_data,
            address=client_address(request),
            user_agent=request.headers.get("User-Agent", ""),
            role_of=role_text,
        )
        body = {"access_token": pair.access, "refresh_token": pair.refresh}
        if pair.must_change_password:
            body["must_change_password"] = True
        return _with_cookies(body, pair)


class RefreshView(RobotsView):
    public = True
    http_method_names = [
        "get",
        "options",
    ]  # HEAD would spend the token and show nobody the new ones

    @extend_schema(
        operation_id="refresh",
        summary="Trade a refresh token (Authorization or cookie) for new ones; it works once",
        tags=[schema.TAG],
        responses=schema.answers({200: RefreshResponse}),
    )
    def get(self, request) -> Response:
        header = request.headers.get("Authorization", "")
        token = bearer_token(header) if header else request.COOKIES.get(REFRESH_COOKIE)
        if not token:
            raise NotAuthenticated
        pair = tokens.rotate(token, role_text)
        body = {"new_access_token": pair.access, "new_refresh_token": pair.refresh}
        return _with_cookies(body, pair)


class DeviceSignInView(TextView):
    public = True

    @extend_schema(
        operation_id="signin_device",
        summary="A robot's access token, as text",
        tags=[schema.TAG],
        request=DeviceSignInRequest,
        responses=schema.answers({(200, "text/plain"): OpenApiTypes.STR}),
        auth=[],
    )
    def post(self, request):
        asked = DeviceSignInRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        grant = services.device_login(
            identifier=asked.validated_data["fCode"],
            secret=asked.validated_data["secretKey"],
            address=client_address(request),
        )
        answer = self.text_answer(grant.token)
        answer["Cache-Control"] = "no-store"
        return answer


def _with_cookies(body: dict, pair: tokens.TokenPair) -> Response:
    response = Response(body, headers={"Cache-Control": "no-store"})
    options = {"httponly": True, "samesite": "Lax", "secure": settings.SESSION_COOKIE_SECURE}
    response.set_cookie(
        ACCESS_COOKIE, pair.access, max_age=settings.ACCESS_TOKEN_SECONDS, **options
    )
    response.set_cookie(
        REFRESH_COOKIE,
        pair.refresh,
        max_age=settings.REFRESH_TOKEN_SECONDS,
        path=REFRESH_PATH,
        **options,
    )
    return response

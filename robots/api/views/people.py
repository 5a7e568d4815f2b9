"""Operations 6 to 9: who signs in and what is his, whether a password is right, whether a value is taken."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services
from accounts.authentication import client_address
from accounts.selectors import actor_of_user
from accounts.services import Proof
from fleet_platform.shared.errors import Invalid, NotAllowed, NotAuthenticated, NotFound

from ... import selectors
from .. import owner, schema
from ..dialect import RobotsView, TextView
from ..serializers import read
from .sign_in import LoginRequest

UNSTORED = {"Cache-Control": "no-store"}
FREE, TAKEN = "사용가능", "중복"
LONGEST_VALUE = 254


class CheckResponse(serializers.Serializer):
    success = serializers.ChoiceField([0, 1])


def _proof(request: Request) -> Proof:
    return services.sign_in_check(
        **read(LoginRequest, request.data), address=client_address(request)
    )


def _holdings(proof: Proof) -> selectors.Holdings:
    """A temporary password shows nobody's robots: it is for setting a new password."""
    if proof.temporary:
        return selectors.Holdings()
    return selectors.holdings_of(actor_of_user(proof.user))


def _with_hint(document: dict[str, Any], proof: Proof) -> dict[str, Any]:
    return document | ({"mustChangePassword": True} if proof.temporary else {})


class SignInView(RobotsView):
    public = True

    @extend_schema(
        operation_id="signin",
        summary="Sign in as a user: a list of one document, with the robots and floors that are his",
        tags=[schema.TAG],
        request=LoginRequest,
        responses=schema.answers({200: schema.USERS}),
        auth=[],
    )
    def post(self, request: Request) -> Response:
        proof = _proof(request)
        document = owner.user_document(proof.user, _holdings(proof))
        return Response([_with_hint(document, proof)], headers=UNSTORED)


class AdminSignInView(RobotsView):
    public = True

    @extend_schema(
        operation_id="signin_admin",
        summary="Sign in as an administrator",
        tags=[schema.TAG],
        request=LoginRequest,
        responses=schema.answers({200: schema.ADMIN}),
        auth=[],
    )
    def post(self, request: Request) -> Response:
        proof = _proof(request)
        if not owner.is_administrator(proof.user):
            raise NotAllowed(gettext("This account is no administrator's."))
        document = owner.admin_document(proof.user, _holdings(proof))
        return Response(_with_hint(document, proof), headers=UNSTORED)


class CheckPasswordView(RobotsView):
    public = True

    @extend_schema(
        operation_id="check_password",
        summary="Whether a password is right; counted as a try to sign in",
        tags=[schema.TAG],
        request=LoginRequest,
        responses=schema.answers({200: CheckResponse}),
        auth=[],
    )
    def post(self, request: Request) -> Response:
        asked = read(LoginRequest, request.data)
        try:
            services.user_check(**asked, address=client_address(request))
        except NotAuthenticated:
            return Response({"success": 0}, headers=UNSTORED)
        return Response({"success": 1}, headers=UNSTORED)


class DuplicateView(TextView):
    public = True

    @extend_schema(
        operation_id="dupcheck",
        summary=f"Whether a value is in use: {FREE} or {TAKEN}",
        tags=[schema.TAG],
        request={"application/json": schema.DUPLICATE},
        responses=schema.answers({(200, "text/plain"): OpenApiTypes.STR}),
        auth=[],
    )
    def post(self, request: Request, collection: str, field: str) -> HttpResponse:
        if (collection, field) not in selectors.DUPLICATE_FIELDS:
            raise NotFound
        value = _value_of(request.data, field)
        services.count_lookup("dupcheck", client_address(request))
        return self.text_answer(TAKEN if selectors.is_taken(collection, field, value) else FREE)


def _value_of(said: Any, field: str) -> str:
    """One text under the field's name. Numbers count as their text: phone numbers come so."""
    value = said.get(field) if isinstance(said, Mapping) else None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_VALUE:
        raise Invalid({field: gettext("Give a text of 1 to %d characters.") % LONGEST_VALUE})
    return value

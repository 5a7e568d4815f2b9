"""What the OpenAPI document says about signing in and about refusals."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers


class ActorScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.authentication.ActorAuthentication"
    name = ["bearer", "cookie", "session"]

    def get_security_requirement(self, auto_schema) -> list[dict]:
        """Any one of the three, where the default would ask for all."""
        return [{name: []} for name in self.name]

    def get_security_definition(self, auto_schema) -> list[dict]:
        return [
            {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            {"type": "apiKey", "in": "cookie", "name": "access_token"},
            {"type": "apiKey", "in": "cookie", "name": "sessionid"},
        ]


class ProblemPointer(serializers.Serializer):
    pointer = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer):
    """RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    errors = ProblemPointer(many=True, required=False)


def query(name: str, kind: type, text: str) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=text)


def answers(good: dict, *statuses: int) -> dict:
    """`responses` of an operation: its own and the problems it may answer."""
    return good | {(status, "application/problem+json"): Problem for status in statuses}

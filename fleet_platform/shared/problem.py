"""The fleet API's dialect: RFC 9457 problem+json, with `errors: [{pointer, detail}]` where input was bad.

It lies here and not in an app because two of them answer under /api/fleet/: accounts and telemetry.
"""

from .dialect import Dialect, Problem, register

TITLES = {
    400: "Bad request",
    401: "Not authenticated",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    410: "Gone",
    413: "Too large",
    415: "Unsupported media type",
    429: "Too many requests",
    500: "Internal error",
    503: "Unavailable",
}


class FleetDialect(Dialect):
    content_type = "application/problem+json"

    def body(self, problem: Problem, request) -> dict:
        body = {
            "type": f"urn:fleet:problem:{problem.code}",
            "title": TITLES.get(problem.status, "Error"),
            "status": problem.status,
            "detail": problem.message,
        }
        if request is not None:
            body["instance"] = request.path
        if problem.fields:
            body["errors"] = [
                {"pointer": pointer(name), "detail": said}
                for name, sayings in problem.fields.items()
                for said in sayings
            ]
        return body


def pointer(name: str) -> str:
    """`samples.3.time` and `/samples/3/time` -> `/samples/3/time`."""
    return name if name.startswith("/") or not name else "/" + name.replace(".", "/")


DIALECT = FleetDialect()
register(DIALECT, r"^/api/fleet(/|$)", r"^/(healthz|readyz|metrics)$")

"""What the device ends answer: the same body by HTTP and websocket, and errors in the fleet API's shape."""

import json

from fleet_platform.shared.errors import DomainError, TooMany
from fleet_platform.shared.problem import DIALECT


def ack(accepted: int, duplicates: int, rejected: list[dict]) -> dict:
    return {"accepted": accepted, "duplicates": duplicates, "rejected": rejected}


class _Asked:
    """The part of a request that a problem's body names."""

    def __init__(self, path: str):
        self.path = path


def error_answer(error: DomainError, path: str) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers of a refusal."""
    problem = DIALECT.problem(error)
    body = json.dumps(DIALECT.body(problem, _Asked(path)), ensure_ascii=False).encode()
    return problem.status, body, {"content-type": DIALECT.content_type, **problem.headers}


def error_message(error: DomainError, id: int | str | None) -> dict:
    """The same refusal as a message on a socket."""
    problem = DIALECT.problem(error)
    body = DIALECT.body(problem, None)
    message = {"type": "error", "id": id, "code": problem.code, "detail": problem.message}
    if "errors" in body:
        message["errors"] = body["errors"]
    if isinstance(error, TooMany):
        message["retry_after"] = error.retry_after
    return message

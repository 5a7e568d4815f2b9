"""A limit on request bodies in front of Django, which would spool any of them to disk whole."""

from django.conf import settings

from fleet_platform.shared.dialect import dialect_for
from fleet_platform.shared.errors import TooLarge
from fleet_platform.shared.problem import DIALECT


class BodyLimit:
    """Answers 413 past settings.REQUEST_MAX_BYTES: by Content-Length before the body, else as soon as it is passed."""

    def __init__(self, django):
        self._django = django

    async def __call__(self, scope, receive, send) -> None:
        size = 0

        async def counted() -> dict:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > settings.REQUEST_MAX_BYTES:
                raise TooLarge
            return message

        try:
            _check_length(dict(scope["headers"]).get(b"content-length", b""))
            await self._django(scope, counted, send)
        except TooLarge as error:
            await _refuse(error, scope["path"], send)


def _check_length(said: bytes) -> None:
    if said.isdigit() and (len(said) > 18 or int(said) > settings.REQUEST_MAX_BYTES):
        raise TooLarge


async def _refuse(error: TooLarge, path: str, send) -> None:
    answer = (dialect_for(path) or DIALECT).answer(error)
    headers = [
        (b"content-type", answer["Content-Type"].encode()),
        (b"content-length", b"%d" % len(answer.content)),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": answer.content})

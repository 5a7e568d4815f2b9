"""Answers that are made while they are sent."""

from collections.abc import AsyncIterator
from functools import partial

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse


class SteadyResponse(StreamingHttpResponse):
    """Sends a synchronous iterator part by part under ASGI too, where Django would first gather all of it.

    Each part is made on a request thread when the reader has taken the one before it.
    """

    async def __aiter__(self) -> AsyncIterator[bytes]:
        parts = iter(self.streaming_content)
        take = sync_to_async(partial(next, parts, None))
        while (part := await take()) is not None:
            yield part

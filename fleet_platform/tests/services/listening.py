"""A live subscriber in a thread, for tests that look at what other processes send."""

import json
import threading

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


class Listener(threading.Thread):
    """Subscribes to topics at a server; `frames` are the snapshots, events and batches so far."""

    def __init__(self, address: str, topics: list[str], token: str = "", query: str = ""):
        super().__init__(daemon=True)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.socket = connect(f"{address}/ws/live{query}", additional_headers=headers)
        self.socket.send(json.dumps({"type": "subscribe", "id": 1, "topics": topics, "rate": 50}))
        self.frames: list[dict] = []
        self.subscribed: dict | None = None
        self.closed: int | None = None
        self.start()

    def run(self):
        try:
            for text in self.socket:
                frame = json.loads(text)
                if frame["type"] == "subscribed":
                    self.subscribed = frame
                elif frame["type"] in {"snapshot", "event", "batch"}:
                    self.frames.append(frame)
        except ConnectionClosed:
            pass
        self.closed = self.socket.close_code

    def newest(self, device_id: int) -> dict | None:
        """The newest document of a device."""
        for frame in reversed(self.frames):
            documents = frame["data"] if isinstance(frame["data"], list) else [frame["data"]]
            for document in documents:
                if document["device_id"] == device_id:
                    return document
        return None

    def has_x(self, device_id: int, x: float) -> bool:
        document = self.newest(device_id)
        return bool(document) and document["sections"].get("pose", {}).get("x") == x
